import CJpeg
import CPng
import CZlib

/// The pixels of one image, `[height, width, channels]`.
struct Pixels: Equatable {
    var height: Int
    var width: Int
    var channels: Int
    var bytes: [UInt8]
}

/// What is wrong with one image, before it is said where it lies.
struct ImageFault: Error {
    var code: DataCode
    var message: String
    var hint: String?

    init(_ code: DataCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// Reads PNG (through libpng) and JPEG (through libjpeg-turbo), told apart by their first bytes, to 8 bits a channel.
///
/// Transparent pixels become black, 16 bits become their upper 8; a JPEG's note on how to turn it is not followed.
enum ImageFile {
    /// Pixels on one side at most.
    static let longestSide = 16_384
    /// Bytes of a decoded image, and of a file, at most.
    static let limit = 256 << 20

    struct Header: Sendable {
        var height: Int
        var width: Int
        var isGrey: Bool
    }

    /// Size and kind, and that a PNG's chunks are whole; no pixel is read.
    static func header(_ bytes: [UInt8]) throws(ImageFault) -> Header {
        let header = try isPNG(bytes) ? PNG.header(bytes) : JPEG.header(bytes)
        guard header.height > 0, header.width > 0, header.height <= longestSide, header.width <= longestSide,
            header.height * header.width * (header.isGrey ? 1 : 3) <= limit
        else {
            throw ImageFault(
                .size,
                "\(header.height) × \(header.width) pixels; at most \(longestSide) a side and "
                    + "\(limit >> 20) MiB are read.", hint: "Make it smaller first.")
        }
        return header
    }

    /// Decodes an image. Colours become grey by the luma of ITU-R BT.601 in 16-bit fixed point (as Pillow's `L`), grey
    /// becomes three equal channels. About 5 ns a pixel for a JPEG, 10 ns for a PNG.
    /// - Parameter channels: 1 or 3.
    static func pixels(_ bytes: [UInt8], channels: Int) throws(ImageFault) -> Pixels {
        let header = try header(bytes)
        var pixels = try isPNG(bytes) ? PNG.pixels(bytes, header) : JPEG.pixels(bytes, header)
        if pixels.channels == 3, channels == 1 {
            pixels.bytes = stride(from: 0, to: pixels.bytes.count, by: 3).map { index in
                let red = UInt32(pixels.bytes[index]) * 19_595
                let green = UInt32(pixels.bytes[index + 1]) * 38_470
                let blue = UInt32(pixels.bytes[index + 2]) * 7_471
                return UInt8(truncatingIfNeeded: (red + green + blue + 0x8000) >> 16)
            }
        } else if pixels.channels == 1, channels == 3 {
            pixels.bytes = pixels.bytes.flatMap { [$0, $0, $0] }
        }
        pixels.channels = channels
        return pixels
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    private static func isPNG(_ bytes: [UInt8]) throws(ImageFault) -> Bool {
        if bytes.starts(with: signature) { return true }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return false }
        guard !bytes.isEmpty else { throw ImageFault(.format, "the file is empty.", hint: "Leave it out.") }
        throw ImageFault(
            .format, "this is neither PNG nor JPEG: it looks like \(looksLike(Array(bytes.prefix(512)))).",
            hint: "Convert it, or leave it out.")
    }

    private static let copyAgain = "Copy or download it again, or leave it out."

    private enum PNG {
        /// Walks the chunks (PNG, third edition, section 5.3): libpng would not miss those after the last pixel.
        static func header(_ bytes: [UInt8]) throws(ImageFault) -> Header {
            var position = signature.count
            var isAtEnd = false
            while !isAtEnd {
                guard position + 12 <= bytes.count else {
                    throw ImageFault(.truncated, "the PNG is truncated at byte \(bytes.count).", hint: copyAgain)
                }
                let length = word(bytes, position)
                let name = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
                guard length <= bytes.count - position - 12 else {
                    throw ImageFault(
                        .truncated,
                        "the PNG is truncated in its chunk \(name): \(length) bytes from byte "
                            + "\(position + 8), and the file has \(bytes.count).", hint: copyAgain)
                }
                let sum = bytes[position + 4..<position + 8 + length].withUnsafeBufferPointer {
                    crc32(0, $0.baseAddress, UInt32($0.count))
                }
                guard Int(sum) == word(bytes, position + 8 + length) else {
                    throw ImageFault(
                        .damaged, "the PNG's chunk \(name) at byte \(position) does not match its check sum.",
                        hint: copyAgain)
                }
                isAtEnd = name == "IEND"
                position += 12 + length
            }
            return try read(bytes) { (image) throws(ImageFault) in header(image) }
        }

        static func pixels(_ bytes: [UInt8], _ header: Header) throws(ImageFault) -> Pixels {
            let channels = header.isGrey ? 1 : 3
            var result = [UInt8](repeating: 0, count: header.height * header.width * channels)
            try read(bytes) { (image) throws(ImageFault) in
                image.format = header.isGrey ? UInt32(PNG_FORMAT_GRAY) : UInt32(PNG_FORMAT_RGB)
                // Else 16 bits are taken for linear light.
                image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
                var black = png_color()
                guard png_image_finish_read(&image, &black, &result, 0, nil) != 0 else { throw fault(image) }
            }
            return Pixels(height: header.height, width: header.width, channels: channels, bytes: result)
        }

        private static func read<T>(
            _ bytes: [UInt8], _ body: (inout png_image) throws(ImageFault) -> T
        ) throws(ImageFault) -> T {
            var image = png_image()
            image.version = UInt32(PNG_IMAGE_VERSION)
            defer { png_image_free(&image) }
            return try bytes.withUnsafeBufferPointer { (raw) throws(ImageFault) in
                guard png_image_begin_read_from_memory(&image, raw.baseAddress, raw.count) != 0 else {
                    throw fault(image)
                }
                return try body(&image)
            }
        }

        private static func header(_ image: png_image) -> Header {
            Header(
                height: Int(image.height), width: Int(image.width),
                isGrey: image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0)
        }

        private static func fault(_ image: png_image) -> ImageFault {
            let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return ImageFault(.damaged, "the PNG cannot be decoded (\(text)).", hint: copyAgain)
        }

        private static func word(_ bytes: [UInt8], _ position: Int) -> Int {
            bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        }
    }

    private enum JPEG {
        static func header(_ bytes: [UInt8]) throws(ImageFault) -> Header {
            try open { (handle) throws(ImageFault) in try header(handle, bytes) }
        }

        static func pixels(_ bytes: [UInt8], _ header: Header) throws(ImageFault) -> Pixels {
            let channels = header.isGrey ? 1 : 3
            var result = [UInt8](repeating: 0, count: header.height * header.width * channels)
            try open { (handle) throws(ImageFault) in
                let status = tjDecompress2(
                    handle, bytes, UInt(bytes.count), &result, Int32(header.width), 0, Int32(header.height),
                    Int32((header.isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
                // A warning is a fault as well: a file that ends too early only warns, and half of it is grey.
                guard status == 0 else { throw fault(handle) }
            }
            return Pixels(height: header.height, width: header.width, channels: channels, bytes: result)
        }

        private static func open<T>(_ body: (tjhandle) throws(ImageFault) -> T) throws(ImageFault) -> T {
            guard let handle = tjInitDecompress() else {
                throw ImageFault(.io, "libjpeg-turbo does not start: there is no memory.")
            }
            defer { tjDestroy(handle) }
            return try body(handle)
        }

        private static func header(_ handle: tjhandle, _ bytes: [UInt8]) throws(ImageFault) -> Header {
            var width: Int32 = 0
            var height: Int32 = 0
            var sampling: Int32 = 0
            var colours: Int32 = 0
            guard
                tjDecompressHeader3(handle, bytes, UInt(bytes.count), &width, &height, &sampling, &colours) == 0
            else { throw fault(handle) }
            guard colours != Int32(TJCS_CMYK.rawValue), colours != Int32(TJCS_YCCK.rawValue) else {
                throw ImageFault(
                    .format, "the JPEG has the colours of print (CMYK).", hint: "Convert it to RGB, or leave it out.")
            }
            return Header(height: Int(height), width: Int(width), isGrey: colours == Int32(TJCS_GRAY.rawValue))
        }

        private static func fault(_ handle: tjhandle) -> ImageFault {
            let text = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
            return ImageFault(.damaged, "the JPEG cannot be decoded (\(text)).", hint: copyAgain)
        }
    }
}
