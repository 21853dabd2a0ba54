/// One change of the training inputs, drawn anew for every example of every step.
public enum Augmentation: Codable, Sendable, Equatable {
    public enum Axis: String, Codable, Sendable, CaseIterable { case horizontal, vertical }

    /// By up to this many whole pixels in both directions.
    case shift(pixels: Int)
    /// The image's size out of the image with this many blank pixels around it: the same as a shift.
    case crop(padding: Int)
    /// Every second example. The labels of flipped ones change by the map; nil keeps them.
    case flip(axis: Axis, labels: [String: String]? = nil)
    /// Around the centre by up to this many degrees either way.
    case rotate(degrees: Double)
    /// Around the centre by a factor between 1 / factor and factor.
    case scale(factor: Double)
    /// A number of up to this size is added to all pixels, in deviations of the normalised data.
    case brightness(amount: Double)
    /// To each number by itself, in deviations of the normalised data.
    case noise(deviation: Double)
    /// A square of this side becomes the mean, 0.
    case cutout(pixels: Int)
    /// With another example of the batch, target and all, after everything else: by a share of Beta(alpha, alpha).
    case mixup(alpha: Double)

    /// Its name in a recipe.
    public var word: String {
        switch self {
        case .shift: "shift"
        case .crop: "crop"
        case .flip: "flip"
        case .rotate: "rotate"
        case .scale: "scale"
        case .brightness: "brightness"
        case .noise: "noise"
        case .cutout: "cutout"
        case .mixup: "mixup"
        }
    }

    /// Whether it has a meaning for images only.
    public var needsImages: Bool {
        switch self {
        case .noise, .mixup: false
        default: true
        }
    }
}
