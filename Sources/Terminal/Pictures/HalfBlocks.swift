/// Images on a terminal without graphics: two pixels a character, in colours of 24 bits; without colours one character
/// of more or less ink for two pixels.
public enum HalfBlocks {
    /// From dark to light, as the pixels are.
    private static let ramp = Array(" .:-=+*#%@")

    /// Lines of images beside each other, all cut to the height of the highest.
    /// - Parameter width: columns of the screen.
    public static func lines(_ images: [PixelImage], width: Int, palette: Palette) -> [String] {
        guard let widest = images.map(\.width).max() else { return [] }
        let perLine = max(1, (width + 1) / (widest + 1))
        return stride(from: 0, to: images.count, by: perLine).flatMap { start in
            let row = Array(images[start..<min(start + perLine, images.count)])
            let height = row.map(\.height).max() ?? 0
            let isLast = start + perLine >= images.count
            return stride(from: 0, to: height, by: 2).map { line($0, row, palette) }
                + (isLast || palette.colours && palette.unicode && height % 2 == 1 ? [] : [""])
        }
    }

    /// The pixels of two rows.
    private static func line(_ row: Int, _ images: [PixelImage], _ palette: Palette) -> String {
        var text = ""
        for (index, image) in images.enumerated() {
            if index > 0 { text += " " }
            text +=
                palette.colours && palette.unicode ? coloured(row, image) : plain(row, image)
        }
        guard !palette.colours else { return text }
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    private static func coloured(_ row: Int, _ image: PixelImage) -> String {
        guard row < image.height else { return String(repeating: " ", count: image.width) }
        var text = ""
        var last = ""
        for column in 0..<image.width {
            let upper = image[row, column]
            // ECMA-48's colours in the form that terminals take: 38 for the ink, 48 for the ground.
            var code = "\u{1b}[38;2;\(upper.red);\(upper.green);\(upper.blue)"
            if row + 1 < image.height {
                let lower = image[row + 1, column]
                code += ";48;2;\(lower.red);\(lower.green);\(lower.blue)"
            }
            code += "m"
            if code != last { text += code }
            last = code
            text += "▀"
        }
        return text + "\u{1b}[0m"
    }

    private static func plain(_ row: Int, _ image: PixelImage) -> String {
        guard row < image.height else { return String(repeating: " ", count: image.width) }
        return String(
            (0..<image.width).map { column -> Character in
                func light(_ row: Int) -> Int {
                    let pixel = image[row, column]
                    return (Int(pixel.red) * 299 + Int(pixel.green) * 587 + Int(pixel.blue) * 114) / 1000
                }
                let both = row + 1 < image.height ? (light(row) + light(row + 1)) / 2 : light(row)
                return ramp[min(both * ramp.count / 256, ramp.count - 1)]
            })
    }
}
