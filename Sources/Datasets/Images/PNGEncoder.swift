import CPng

/// Why pixels could not be made to a file.
public struct PNGFault: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// Writes PNG through libpng, 8 bits a channel.
public enum PNGEncoder {
    /// The bytes of a PNG file. About 30 ns a pixel.
    /// - Parameters:
    ///   - pixels: `[height, width, channels]`.
    ///   - channels: 1 for grey, 3 for red, green and blue.
    /// - Throws: `PNGFault` where the numbers do not fit together, or libpng refuses them.
    public static func encode(
        _ pixels: [UInt8], height: Int, width: Int, channels: Int
    ) throws(PNGFault) -> [UInt8] {
        guard channels == 1 || channels == 3, height > 0, width > 0, height <= ImageFile.longestSide,
            width <= ImageFile.longestSide, pixels.count == height * width * channels
        else {
            throw PNGFault(
                description: "\(pixels.count) bytes are no image of \(height) × \(width) × \(channels).")
        }
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.height = UInt32(height)
        image.width = UInt32(width)
        image.format = channels == 1 ? UInt32(PNG_FORMAT_GRAY) : UInt32(PNG_FORMAT_RGB)
        defer { png_image_free(&image) }
        // What compresses to nothing still has rows, their filters and a few chunks.
        var result = [UInt8](repeating: 0, count: pixels.count + pixels.count / 8 + height + 4096)
        var size = png_alloc_size_t(result.count)
        guard png_image_write_to_memory(&image, &result, &size, 0, pixels, 0, nil) != 0 else {
            let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw PNGFault(description: "libpng does not write the image: \(text).")
        }
        result.removeLast(result.count - Int(size))
        return result
    }
}
