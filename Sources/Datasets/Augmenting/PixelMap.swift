/// Where each pixel of a moved image comes from: an affine map from its own centred coordinates to the source's.
struct PixelMap: Equatable {
    private var xx = 1.0, xy = 0.0, yx = 0.0, yy = 1.0
    private var x = 0.0, y = 0.0

    static let identity = PixelMap()

    /// After all so far, the image moves right and down.
    mutating func shift(right: Double, down: Double) {
        x -= xx * right + xy * down
        y -= yx * right + yy * down
    }

    mutating func flip(horizontally: Bool) {
        if horizontally {
            xx.negate()
            yx.negate()
        } else {
            xy.negate()
            yy.negate()
        }
    }

    /// - Parameter angle: in radians, within ±π.
    mutating func rotate(_ angle: Double) {
        let (cosine, sine) = Self.circle(angle)
        (xx, xy) = (xx * cosine - xy * sine, xx * sine + xy * cosine)
        (yx, yy) = (yx * cosine - yy * sine, yx * sine + yy * cosine)
    }

    mutating func scale(_ factor: Double) {
        xx /= factor
        xy /= factor
        yx /= factor
        yy /= factor
    }

    /// Cosine and sine by their series, from additions and multiplications alone: the C library's have other last bits
    /// on other CPUs.
    static func circle(_ angle: Double) -> (cosine: Double, sine: Double) {
        var sums = (1.0, angle)
        var (even, odd) = (1.0, angle)
        for k in 1...16 {
            let n = Double(2 * k)
            even *= -angle * angle / ((n - 1) * n)
            odd *= -angle * angle / (n * (n + 1))
            sums.0 += even
            sums.1 += odd
        }
        return sums
    }

    /// The largest whole number that is not above `x`. Without a call of the C library, which the oldest CPUs need for it.
    private static func floor(_ x: Double) -> Int {
        let toZero = Int(x)
        return Double(toZero) > x ? toZero - 1 : toZero
    }

    /// Writes the moved image: between pixels by bilinear interpolation, outside the source its blank pixel.
    /// - Parameters:
    ///   - source: `[height, width, channels]`, as `target`; they do not overlap.
    ///   - blank: `[channels]`.
    func draw(
        _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, height: Int, width: Int, channels: Int,
        blank: UnsafePointer<Float>
    ) {
        let centreX = Double(width - 1) / 2
        let centreY = Double(height - 1) / 2
        func pixel(_ column: Int, _ row: Int) -> UnsafePointer<Float> {
            guard UInt(bitPattern: column) < UInt(bitPattern: width), UInt(bitPattern: row) < UInt(bitPattern: height)
            else { return blank }
            return source + (row * width + column) * channels
        }
        for row in 0..<height {
            for column in 0..<width {
                let (right, down) = (Double(column) - centreX, Double(row) - centreY)
                let fromX = xx * right + xy * down + x + centreX
                let fromY = yx * right + yy * down + y + centreY
                let (i, j) = (Self.floor(fromX), Self.floor(fromY))
                // Adding zero makes a negative zero positive, as the difference to a rounded number has it.
                let (shareX, shareY) = (Float(fromX - Double(i) + 0), Float(fromY - Double(j) + 0))
                let to = target + (row * width + column) * channels
                if shareX == 0 && shareY == 0 {
                    to.update(from: pixel(i, j), count: channels)
                    continue
                }
                let corners: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
                if UInt(bitPattern: i) < UInt(bitPattern: width - 1), UInt(bitPattern: j) < UInt(bitPattern: height - 1)
                {
                    let first = source + (j * width + i) * channels
                    let second = first + width * channels
                    corners = (first, first + channels, second, second + channels)
                } else {
                    corners = (pixel(i, j), pixel(i + 1, j), pixel(i, j + 1), pixel(i + 1, j + 1))
                }
                for channel in 0..<channels {
                    let above = corners.0[channel] + (corners.1[channel] - corners.0[channel]) * shareX
                    let below = corners.2[channel] + (corners.3[channel] - corners.2[channel]) * shareX
                    to[channel] = above + (below - above) * shareY
                }
            }
        }
    }
}
