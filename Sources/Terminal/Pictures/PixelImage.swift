/// A small image as bytes, for a terminal.
public struct PixelImage: Sendable, Equatable {
    public let height: Int
    public let width: Int
    /// 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// `[height, width, channels]`.
    public let bytes: [UInt8]

    /// - Returns: nil where the numbers do not fit together.
    public init?(height: Int, width: Int, channels: Int, bytes: [UInt8]) {
        guard height > 0, width > 0, height <= 10_000, width <= 10_000, channels == 1 || channels == 3,
            bytes.count == height * width * channels
        else { return nil }
        self.height = height
        self.width = width
        self.channels = channels
        self.bytes = bytes
    }

    /// Red, green and blue.
    subscript(row: Int, column: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let place = (row * width + column) * channels
        return channels == 1
            ? (bytes[place], bytes[place], bytes[place]) : (bytes[place], bytes[place + 1], bytes[place + 2])
    }

    /// At most so wide; each pixel is the mean of those that it stands for. Never larger than it is.
    public func narrowed(to most: Int) -> PixelImage {
        guard most > 0, width > most else { return self }
        let newWidth = most
        let newHeight = max(1, (height * most + width / 2) / width)
        var result: [UInt8] = []
        result.reserveCapacity(newWidth * newHeight * channels)
        for row in 0..<newHeight {
            let rows = row * height / newHeight..<max(row * height / newHeight + 1, (row + 1) * height / newHeight)
            for column in 0..<newWidth {
                let start = column * width / newWidth
                let columns = start..<max(start + 1, (column + 1) * width / newWidth)
                for channel in 0..<channels {
                    var sum = 0
                    for y in rows { for x in columns { sum += Int(bytes[(y * width + x) * channels + channel]) } }
                    let count = rows.count * columns.count
                    result.append(UInt8((sum + count / 2) / count))
                }
            }
        }
        return PixelImage(height: newHeight, width: newWidth, channels: channels, bytes: result) ?? self
    }
}
