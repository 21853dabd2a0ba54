/// Points on three arms of a spiral, with noise: the smallest data that no straight line separates.
public enum Spirals {
    public static let classes = 3

    /// The class of point `index`: three in a row are one of each.
    public static func label(index: Int) -> Int { index % classes }

    /// The two coordinates of point `index` of a seed, about -1 to 1.
    public static func point(seed: UInt64, index: Int) -> SIMD2<Float> {
        var draws = Draws(seed: seed, .examples, stream: index, part: 2)
        let radius = draws.uniform(0.08, 1)
        let turns = Double(radius * 0.9 + Float(label(index: index)) / Float(classes) + draws.bell() * 0.03)
        return SIMD2(radius * Float(Strokes.sine(turns + 0.25)), radius * Float(Strokes.sine(turns)))
    }
}
