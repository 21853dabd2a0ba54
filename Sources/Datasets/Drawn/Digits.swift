/// Images of handwritten-looking digits that simmer draws itself: a first data set without any file.
///
/// Ten classes, 28x28 greyscale bytes, white on black. Image `index` of a seed is a pure function of both: a digit's
/// strokes with jittered points, turned, sheared, scaled, shifted and bent, drawn with a pen of random width and ink,
/// then noise. Only additions, multiplications, divisions and square roots in a fixed order: the same bytes on every
/// machine.
public enum Digits {
    public static let side = 28
    public static let classes = 10
    static let pixels = side * side

    /// The class of image `index`: ten in a row are one of each, in random order.
    public static func label(seed: UInt64, index: Int) -> Int {
        var draws = Draws(seed: seed, .examples, stream: index / classes, part: 1)
        return Int(draws.permutation(classes)[index % classes])
    }

    /// Draws image `index` into 784 bytes, row by row. About 15 microseconds.
    public static func draw(seed: UInt64, index: Int, into image: UnsafeMutableBufferPointer<UInt8>) {
        var draws = Draws(seed: seed, .examples, stream: index)
        let strokes = Strokes.digit(label(seed: seed, index: index), style: Int(draws.bits() >> 8))
        let hand = Hand(&draws)
        let lines = strokes.map { stroke in stroke.map { hand.place($0, &draws) } }
        render(lines, hand, &draws, image)
    }

    /// What one image has in common: how the hand lies on the page.
    private struct Hand {
        let x: Point
        let y: Point
        let center: Point
        let bend: Point
        let phase: Float
        let wobble: Float
        let radius: Float
        let ink: Float
        let noise: Float

        init(_ draws: inout Draws) {
            // tan of half the angle: a rotation without a sine. +-0.16 is +-18 degrees.
            let half = draws.uniform(-0.16, 0.16)
            let cosine = (1 - half * half) / (1 + half * half)
            let sine = 2 * half / (1 + half * half)
            let width = draws.uniform(15, 22)
            let height = draws.uniform(17, 24)
            let shear = draws.uniform(-0.35, 0.35)
            x = Point(width * cosine, width * sine)
            y = Point(-height * sine + height * shear * cosine, height * cosine + height * shear * sine)
            center = Point(13.5 + draws.uniform(-2.5, 2.5), 13.5 + draws.uniform(-2.5, 2.5))
            bend = Point(draws.uniform(-1.5, 1.5), draws.uniform(-1.5, 1.5))
            phase = draws.unit()
            wobble = draws.uniform(0, 0.035)
            radius = draws.uniform(0.55, 1.7)
            ink = draws.uniform(0.65, 1)
            noise = draws.uniform(0.02, 0.16)
        }

        /// A point of the unit square on the page, in pixels.
        func place(_ point: Point, _ draws: inout Draws) -> Point {
            let jittered = point + Point(draws.bell(), draws.bell()) * wobble - Point(0.5, 0.5)
            let wave = Float(Strokes.sine(Double(jittered.y + phase)))
            let other = Float(Strokes.sine(Double(jittered.x + phase)))
            return center + x * jittered.x + y * jittered.y + bend * Point(wave, other)
        }
    }

    private static func render(
        _ lines: [[Point]], _ hand: Hand, _ draws: inout Draws, _ image: UnsafeMutableBufferPointer<UInt8>
    ) {
        let far: Float = 1e6
        withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels) { nearest in
            nearest.initialize(repeating: far)
            for line in lines {
                for index in 1..<max(line.count, 1) { approach(nearest, line[index - 1], line[index], hand.radius + 1) }
            }
            for index in 0..<pixels {
                // Anti-aliased: a pixel is covered by how far the pen's edge lies beyond its centre.
                let cover = min(max(hand.radius + 0.5 - nearest[index].squareRoot(), 0), 1)
                let value = cover * hand.ink + draws.bell() * hand.noise
                image[index] = UInt8(min(max(value, 0), 1) * 255 + 0.5)
            }
        }
    }

    /// Lowers each pixel's squared distance to that from the segment, where it is within `reach`.
    private static func approach(
        _ nearest: UnsafeMutableBufferPointer<Float>, _ from: Point, _ to: Point, _ reach: Float
    ) {
        let step = to - from
        let length = (step * step).sum()
        let low = pointwiseMin(from, to) - reach
        let high = pointwiseMax(from, to) + reach
        let edge = Float(side - 1)
        guard high.x >= 0, high.y >= 0, low.x <= edge, low.y <= edge else { return }
        for row in Int(max(low.y, 0))...Int(min(high.y, edge)) {
            for column in Int(max(low.x, 0))...Int(min(high.x, edge)) {
                let offset = Point(Float(column), Float(row)) - from
                let along = length > 0 ? min(max((offset * step).sum() / length, 0), 1) : 0
                let gap = offset - step * along
                let square = (gap * gap).sum()
                let index = row * side + column
                if square < nearest[index] { nearest[index] = square }
            }
        }
    }
}
