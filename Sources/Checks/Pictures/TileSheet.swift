import Datasets
import Recipes

/// Small images of bytes side by side, each pixel as large as it must be to be seen.
struct TileSheet {
    let height: Int, width: Int
    /// 1 for grey, 3 for red, green and blue.
    let channels: Int
    /// Tiles in a row.
    let columns: Int
    private static let ground: UInt8 = 96
    /// Sides of a tile are at least so many pixels, where the sheet does not become too wide.
    private static let leastSide = 40
    private static let longestSide = 1_200

    /// - Parameter tiles: `[height, width, channels]` each.
    func picture(_ name: String, caption: String, _ tiles: [[UInt8]]) -> Picture {
        let size = height * width * channels
        let tiles = tiles.filter { $0.count == size }
        guard !tiles.isEmpty, columns > 0, size > 0 else {
            return Picture(name, caption: caption + " (nothing to show)")
        }
        let rows = (tiles.count + columns - 1) / columns
        var scale = max(1, (Self.leastSide + min(height, width) - 1) / min(height, width))
        while scale > 1, max(columns * (width * scale + 2), rows * (height * scale + 2)) > Self.longestSide {
            scale -= 1
        }
        let (tileHeight, tileWidth) = (height * scale + 2, width * scale + 2)
        let (sheetHeight, sheetWidth) = (rows * tileHeight + 2, columns * tileWidth + 2)
        var sheet = [UInt8](repeating: Self.ground, count: sheetHeight * sheetWidth * channels)
        for (index, tile) in tiles.enumerated() {
            let (top, left) = (2 + index / columns * tileHeight, 2 + index % columns * tileWidth)
            for y in 0..<height * scale {
                for x in 0..<width * scale {
                    let source = ((y / scale) * width + x / scale) * channels
                    let target = ((top + y) * sheetWidth + left + x) * channels
                    for channel in 0..<channels { sheet[target + channel] = tile[source + channel] }
                }
            }
        }
        do throws(PNGFault) {
            let file = try PNGEncoder.encode(sheet, height: sheetHeight, width: sheetWidth, channels: channels)
            return Picture(name, caption: caption, png: Base64.encode(file))
        } catch {
            return Picture(name, caption: "\(caption) (not drawn: \(error.description))")
        }
    }

    /// Numbers as grey: 128 for 0, black and white for the largest size on either side.
    static func signed(_ values: [Float]) -> [UInt8] {
        let most = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        guard most > 0 else { return [UInt8](repeating: 128, count: values.count) }
        return values.map { $0.isFinite ? UInt8(max(0, min(255, (128 + 127 * $0 / most).rounded()))) : 0 }
    }

    /// Numbers as grey: black for the least, white for the largest.
    static func spread(_ values: [Float]) -> [UInt8] {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max(), high > low else {
            return [UInt8](repeating: 0, count: values.count)
        }
        return values.map { $0.isFinite ? UInt8(max(0, min(255, (255 * ($0 - low) / (high - low)).rounded()))) : 0 }
    }
}
