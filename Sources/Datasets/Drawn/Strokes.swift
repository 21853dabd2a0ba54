/// A point of the unit square, x to the right, y down.
typealias Point = SIMD2<Float>

/// The lines a hand would draw for each digit, in the unit square. Some digits are written in several ways.
enum Strokes {
    /// Polylines of one digit. `style` picks among the ways, any number will do.
    static func digit(_ digit: Int, style: Int) -> [[Point]] {
        switch digit {
        case 0: return [arc(0.5, 0.5, style % 2 == 0 ? 0.27 : 0.34, 0.4, from: -0.25, turns: 1)]
        case 1:
            switch style % 3 {
            case 0: return [[Point(0.5, 0.1), Point(0.5, 0.9)]]
            case 1: return [[Point(0.32, 0.28), Point(0.53, 0.1), Point(0.53, 0.9)]]
            default:
                return [
                    [Point(0.33, 0.26), Point(0.52, 0.1), Point(0.52, 0.9)], [Point(0.3, 0.9), Point(0.74, 0.9)],
                ]
            }
        case 2:
            let top = arc(0.5, 0.32, 0.25, 0.22, from: 0.5, turns: 0.62)
            if style % 2 == 0 { return [top + [Point(0.24, 0.9), Point(0.79, 0.9)]] }
            return [top + [Point(0.36, 0.78)] + arc(0.36, 0.82, 0.1, 0.07, from: 0, turns: 0.75) + [Point(0.8, 0.88)]]
        case 3:
            if style % 3 == 0 {
                return [
                    [Point(0.27, 0.11), Point(0.73, 0.11), Point(0.48, 0.43)]
                        + arc(0.48, 0.66, 0.26, 0.24, from: -0.25, turns: 0.66)
                ]
            }
            return [
                arc(0.47, 0.3, 0.23, 0.2, from: -0.42, turns: 0.67)
                    + arc(0.47, 0.7, 0.26, 0.21, from: -0.25, turns: 0.68)
            ]
        case 4:
            if style % 2 == 0 {
                return [[Point(0.62, 0.9), Point(0.62, 0.1), Point(0.2, 0.64), Point(0.82, 0.64)]]
            }
            return [
                [Point(0.27, 0.12), Point(0.25, 0.52), Point(0.72, 0.52)], [Point(0.7, 0.12), Point(0.68, 0.9)],
            ]
        case 5:
            let bowl = arc(0.47, 0.65, 0.27, 0.24, from: -0.36, turns: 0.76)
            return [[Point(0.31, 0.1), Point(0.29, 0.46)] + bowl, [Point(0.31, 0.1), Point(0.74, 0.1)]]
        case 6:
            let bend: Float = style % 2 == 0 ? 0.62 : 0.52
            return [
                [Point(bend, 0.09), Point(0.38, 0.3), Point(0.27, 0.52)]
                    + arc(0.5, 0.67, 0.24, 0.22, from: 0.5, turns: -1)
            ]
        case 7:
            let hook = [Point(0.22, 0.12), Point(0.77, 0.12), Point(style % 2 == 0 ? 0.42 : 0.48, 0.9)]
            return style % 3 == 0 ? [hook, [Point(0.36, 0.5), Point(0.7, 0.5)]] : [hook]
        case 8:
            return [
                arc(0.5, 0.3, 0.2, 0.19, from: 0.25, turns: 1), arc(0.5, 0.7, 0.25, 0.21, from: -0.25, turns: 1),
            ]
        default:
            let foot: [Point] =
                style % 2 == 0 ? [Point(0.7, 0.9)] : [Point(0.72, 0.6), Point(0.62, 0.82), Point(0.38, 0.9)]
            return [arc(0.48, 0.33, 0.23, 0.22, from: 0, turns: -1) + foot]
        }
    }

    /// Part of an ellipse: `from` and `turns` in turns, clockwise on the screen from the right; negative goes back.
    private static func arc(
        _ x: Float, _ y: Float, _ width: Float, _ height: Float, from: Float, turns: Float
    ) -> [Point] {
        let count = 14
        return (0...count).map { index in
            let angle = Double(from + turns * Float(index) / Float(count))
            return Point(x + width * Float(sine(angle + 0.25)), y + height * Float(sine(angle)))
        }
    }

    /// sin(2 pi turns) by its Taylor series: a library's sine may differ in its last bit from one CPU to the next.
    static func sine(_ turns: Double) -> Double {
        var part = turns - turns.rounded(.toNearestOrAwayFromZero)
        if part > 0.25 { part = 0.5 - part }
        if part < -0.25 { part = -0.5 - part }
        let x = part * 6.283185307179586
        let square = x * x
        var sum = 0.0
        for term in stride(from: 17, to: 1, by: -2) { sum = (1 + sum) * -square / Double(term * (term - 1)) }
        return x * (1 + sum)
    }
}
