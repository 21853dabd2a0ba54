/// An augmentation's options while they are read: `shift: 2`, `flip: {axis: horizontal, labels: keep}`.
struct AugmentKeys: Keyed {
    var pixels = 2
    var axis = Augmentation.Axis.horizontal
    var labels: [String: String]?
    var degrees = 10.0
    var factor = 1.1
    var amount = 0.1
    var alpha = 0.2

    static var draft: AugmentKeys { AugmentKeys() }

    /// In the order of the manual.
    static let words = ["shift", "crop", "flip", "rotate", "scale", "brightness", "noise", "cutout", "mixup"]

    private static let later = ["contrast", "elastic"]

    /// The drawn numbers of an example have room for so many.
    private static let most = 15

    static func help(_ word: String) -> String {
        switch word {
        case "shift":
            "Moves images by up to so many whole pixels in both directions; what comes in is blank."
        case "crop":
            "Puts so many blank pixels around images and cuts their size out of that, anywhere: a shift, by the name that "
                + "papers give it."
        case "flip":
            "Mirrors every second image. Say what becomes of the labels: a mirrored `b` may be a `d`."
        case "rotate": "Turns images around the centre by up to so many degrees, either way."
        case "scale": "Makes images larger or smaller by up to this factor."
        case "brightness": "Adds one number of up to this size to all pixels."
        case "noise": "Adds a number of its own to every input, nearly normal (the sum of four even ones)."
        case "mixup":
            "Mixes each example of a batch, target and all, with another one of it, after everything else: a batch's share of "
                + "the first is of Beta(alpha, alpha) (Zhang et al. 2018, arXiv:1710.09412). The loss of classes is that of "
                + "both labels, by their shares; numbers are mixed. `train.accuracy` goes by the label of the larger share."
        default: "Fills a square of this side, anywhere in the image, with the mean."
        }
    }

    static func table(_ word: String) -> Table<AugmentKeys> {
        let noun = "\(word) augmentation"
        func one(_ key: Key<AugmentKeys>) -> Table<AugmentKeys> {
            Table(keys: [key], shortForms: ["": key.entry.path], noun: noun)
        }
        switch word {
        case "shift":
            return one(.integer("pixels", \.pixels, 1...1_000, .frozen, required: true, "The largest move."))
        case "crop":
            return one(.integer("padding", \.pixels, 1...1_000, .frozen, required: true, "Blank pixels on each side."))
        case "flip":
            return Table(
                keys: [
                    .choice("axis", \.axis, .frozen, "horizontal exchanges left and right, vertical top and bottom."),
                    labelsKey,
                ], shortForms: ["": "axis"], noun: noun)
        case "rotate":
            return one(.number("degrees", \.degrees, 0.1...180, .frozen, required: true, "The largest turn."))
        case "scale":
            return one(.number("factor", \.factor, 1.001...4, .frozen, required: true, "The largest factor."))
        case "brightness":
            return one(
                .number(
                    "amount", \.amount, 0.001...10, .frozen, required: true,
                    "In deviations of the normalised data."))
        case "noise":
            return one(
                .number(
                    "deviation", \.amount, 0.001...10, .frozen, required: true,
                    "Its standard deviation, in deviations of the normalised data."))
        case "mixup":
            return one(
                .number(
                    "alpha", \.alpha, 0.01...100, .frozen, required: true,
                    "Small numbers leave most batches nearly as they are; 1 makes every share as likely."))
        default:
            return one(
                .integer("pixels", \.pixels, 1...1_000, .frozen, required: true, "Height and width of the square."))
        }
    }

    private static let labelsKey = Key<AugmentKeys>.custom(
        "labels", "keep or mapping", initial: "keep", .frozen,
        "What becomes of the labels of mirrored images: `{left: right, right: left}`; others stay."
    ) { yaml, place, root, problems in
        if case .scalar("keep", _) = yaml.content { return }
        guard case .mapping(let pairs) = yaml.content else {
            yaml.wantedMapping("`keep` or a mapping of labels", at: place, &problems)
            return
        }
        var labels: [String: String] = [:]
        for pair in pairs where pair.key != Yaml.shortForm {
            labels[pair.key] = pair.value.text(at: place + pair.key, &problems)
        }
        root.labels = labels
    }

    func augmentation(_ word: String) -> Augmentation {
        switch word {
        case "shift": .shift(pixels: pixels)
        case "crop": .crop(padding: pixels)
        case "flip": .flip(axis: axis, labels: labels)
        case "rotate": .rotate(degrees: degrees)
        case "scale": .scale(factor: factor)
        case "brightness": .brightness(amount: amount)
        case "noise": .noise(deviation: amount)
        case "mixup": .mixup(alpha: alpha)
        default: .cutout(pixels: pixels)
        }
    }

    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [Augmentation]? {
        guard case .sequence(let items) = yaml.content else {
            yaml.wantedMapping(
                "a list of augmentations", at: place, &problems, hint: "Write one `- shift: 2` below another.")
            return nil
        }
        guard items.count <= most else {
            yaml.outOfRange("at most \(most) augmentations", at: place, &problems)
            return nil
        }
        let all = items.enumerated().compactMap { i, item in read(one: item, i, place + i, &problems) }
        let mixups = all.indices.filter { if case .mixup = all[$0] { true } else { false } }
        if mixups.count > 1 {
            problems.add(
                "data.augment", "`\(place.dotted)` has `mixup` twice.", at: place + mixups[1],
                line: items[mixups[1]].line,
                hint: "A batch is mixed once: remove one.")
            return nil
        }
        return all.count == items.count ? all : nil
    }

    private static func read(
        one item: Yaml, _ index: Int, _ place: Place, _ problems: inout Problems
    ) -> Augmentation? {
        var word = item
        var body = Yaml(content: .mapping([]), line: item.line)
        if case .mapping(let all) = item.content {
            let pairs = all.filter { $0.key != Yaml.shortForm }
            guard let pair = pairs.first, pairs.count == 1 else {
                problems.add(
                    "value.type",
                    "An augmentation has one kind, and number \(index) has \(pairs.count): "
                        + "\(KeyEntry.list(pairs.map(\.key))).", at: place, line: item.line,
                    hint: "Each begins with its own `- `; options stand in braces: `- flip: {axis: horizontal}`.")
                return nil
            }
            word = Yaml(content: .scalar(pair.key, plain: true), line: pair.line ?? item.line)
            if !pair.value.isEmpty { body = pair.value }
        }
        guard let kind = word.choice(of: words, later: later, at: place, &problems) else { return nil }
        var draft = AugmentKeys()
        var inner = Problems()
        table(kind).read(body, at: place + kind, into: &draft, &inner)
        problems.add(inner.findings)
        return inner.hasErrors ? nil : draft.augmentation(kind)
    }
}
