import Datasets
import Glibc
import Recipes
import Training

/// S6: weights of a file meet inputs that are made as those were that they are used to.
enum FirstWeights: Check {
    static let ids = ["S6"]
    /// Validation examples that the weights answer to, made in both ways.
    private static let asked = 256

    static func seconds(_ bench: Bench) throws -> Double {
        bench.recipe.model.from == nil ? 0 : 0.2 + 8 * (bench.stepSeconds ?? 0)
    }

    static func measure(_ bench: Bench) throws -> [CheckResult] {
        guard let from = bench.recipe.model.from else {
            throw CheckSkip("The first weights are drawn at random: they expect no particular inputs.")
        }
        guard let file = bench.weights else { throw CheckSkip("The weights of `model.from: \(from)` are not at hand.") }
        let said: InputScaling?
        do throws(InputScalingFault) {
            said = try InputScaling(metadata: file.metadata)
        } catch {
            throw CheckSkip("What \(from) says of its inputs cannot be read: \(error).")
        }
        guard let theirs = said else {
            throw CheckSkip(
                "\(from) does not say how the inputs of its weights were made (`\(InputScaling.metadataKey)` in its "
                    + "metadata, which simmer writes): hold `data.normalize` against what they were trained with.")
        }
        let ours = InputScaling(bench.facts)
        if !ours.vocabulary.isEmpty || !theirs.vocabulary.isEmpty { return [tokens(theirs, ours)] }
        let change = try ScalingChange(from: theirs, to: ours, largest: bench.largestStored)
        return [result(change, try canary(bench, file, change), level: try level(bench), unit: bench.lossUnit)]
    }

    /// Losses of the same examples by the weights as they are in the file.
    struct Canary {
        /// Inputs made as the recipe does.
        var own: [Double]
        /// Made as the weights are used to.
        var theirs: [Double]
    }

    /// - Returns: nil where the weights alone make no network, as without a last layer.
    private static func canary(_ bench: Bench, _ file: WeightsFile, _ change: ScalingChange) throws -> Canary? {
        guard !change.isNothing else { return nil }
        let subset = bench.dataset.validation.count > 0 ? bench.dataset.validation : bench.dataset.training
        let held = subset.held(bench.positions(subset, asked, salt: 31))
        let model = try Training.Model(recipe: bench.recipe, facts: bench.facts, pool: bench.pool)
        model.initialize()
        guard try file.start(model) else { return nil }
        var moved = held
        change.undo(&moved.inputs)
        return Canary(
            own: Answers(model, held, bench.objective).losses, theirs: Answers(model, moved, bench.objective).losses)
    }

    private static func level(_ bench: Bench) throws -> Double {
        let sample = bench.dataset.training.held(bench.positions(bench.dataset.training, 2000, salt: 32))
        guard sample.count > 0 else { throw CheckSkip("There is no training example.") }
        return Constant(sample, bench.objective).loss(sample)
    }

    /// - Parameter level: the loss of the best constant: weights that are worse with either say nothing about inputs.
    static func result(_ change: ScalingChange, _ canary: Canary?, level: Double, unit: String?) -> CheckResult {
        var numbers = [
            CheckNumber("shift", change.shift, unit: "deviations"),
            CheckNumber("stretch", change.stretch, unit: "times"),
        ]
        let text =
            change.isNothing
            ? "The inputs are made as those of the first weights were"
            : "The first weights expect inputs made of \(change.theirWords); this recipe makes them of \(change.ownWords), "
                + "which moves them by \(figure(change.shift, 2)) deviations and stretches them \(figure(change.stretch, 3)) times"
        guard !change.isNothing else { return CheckResult("S6", .pass, .invariant, text + ".", numbers: numbers) }
        guard !change.isSmall else {
            return CheckResult("S6", .pass, .statistic, text + ": within 5 %.", numbers: numbers)
        }
        func odd(_ verdict: CheckVerdict, _ more: String) -> CheckResult {
            CheckResult(
                "S6", verdict, canary == nil ? .statistic : .counterfactual, text + more, numbers: numbers,
                action: change.recipeWords.map { "Write `data.normalize: \($0)`, as the weights expect." }
                    ?? "Bring the files' numbers to the range that the weights expect.")
        }
        let (own, theirs) = (Spread(canary?.own ?? []).mean, Spread(canary?.theirs ?? []).mean)
        guard let canary, own < level || theirs < level else {
            return change.isLarge
                ? odd(.fail, ": that is another input.")
                : odd(.warn, "; what that costs cannot be measured: the weights know nothing of these targets yet.")
        }
        numbers += [
            CheckNumber("loss as the recipe makes them", own, unit: unit),
            CheckNumber("loss as the weights are used to", theirs, unit: unit),
        ]
        let pairs = Pairs(canary.theirs, canary.own)
        let words =
            ": \(count(canary.own.count, "example")) have a loss of \(figure(own)) this way, and of \(figure(theirs)) as the weights "
            + "expect"
        if !own.isFinite || pairs.z(above: 0.05 * level) > Pairs.certain { return odd(.fail, words + ".") }
        return odd(.warn, words + ": not surely worse.")
    }

    /// Of texts: the same number must stand for the same character.
    static func tokens(_ theirs: InputScaling, _ ours: InputScaling) -> CheckResult {
        guard !theirs.vocabulary.isEmpty, !ours.vocabulary.isEmpty else {
            return .skip(
                "S6",
                "Either the weights or the data does not say which characters its tokens stand for: compare "
                    + "them by hand.")
        }
        let other = zip(theirs.vocabulary, ours.vocabulary).count { $0 != $1 }
        let more = abs(theirs.vocabulary.count - ours.vocabulary.count)
        let numbers = [
            CheckNumber("tokens of the weights", Double(theirs.vocabulary.count)),
            CheckNumber("tokens of the data", Double(ours.vocabulary.count)),
            CheckNumber("tokens that stand for another", Double(other)),
        ]
        guard other + more > 0 else {
            return CheckResult(
                "S6", .pass, .invariant, "The tokens stand for what the first weights learned them as.",
                numbers: numbers)
        }
        let place = zip(theirs.vocabulary, ours.vocabulary).enumerated().first { $1.0 != $1.1 }
        return CheckResult(
            "S6", .fail, .invariant,
            place.map {
                "Token \($0.offset) was '\($0.element.0)' to the first weights and is '\($0.element.1)' here; "
                    + "\(other) of \(theirs.vocabulary.count) stand for another character."
            } ?? "The first weights know \(theirs.vocabulary.count) tokens, and the data has \(ours.vocabulary.count).",
            numbers: numbers, action: "Train on text of the same characters, or without `model.from`.")
    }
}

/// What stands between inputs as a recipe makes them and as some weights are used to: `theirs = slope · own + offset`,
/// channel by channel.
struct ScalingChange {
    let slope: [Double]
    let offset: [Double]
    /// In deviations of the inputs, root mean square over the channels.
    let shift: Double
    /// How many times wider or narrower, at least 1; geometric over the channels.
    let stretch: Double
    let theirWords: String
    let ownWords: String
    /// What `data.normalize` would have to be; nil where no value of it does that.
    let recipeWords: String?

    /// - Parameter largest: the largest stored number of the data, without its sign: tells bytes from brightness in 0 to 1.
    /// - Throws: `CheckSkip` where the two cannot be held against each other.
    init(from theirs: InputScaling, to ours: InputScaling, largest: Double) throws(CheckSkip) {
        guard let theirScale = theirs.scale, let ownScale = ours.scale else {
            throw CheckSkip("The weights are of a version that did not say what the files' numbers were divided by.")
        }
        let channels = ours.mean.count
        guard channels > 0, theirs.mean.count == channels else {
            throw CheckSkip(
                "The weights expect inputs of shape \(theirs.shape), and these have \(ours.shape): their scales cannot "
                    + "be compared.")
        }
        // Numbers that were divided by 255 here and stored as brightness there are the same: files differ, not inputs.
        let ownUnit: Double
        if theirScale == ownScale {
            ownUnit = 1
        } else if ownScale == 1 {
            ownUnit = largest <= 1.5 ? 1 : ownScale / theirScale
        } else {
            let sizes = theirs.mean.map { abs($0) } + theirs.deviation
            guard sizes.contains(where: { $0 != 0 && $0 != 1 }) else {
                throw CheckSkip(
                    "The weights expect numbers as their files have them, and whether those were bytes or brightness "
                        + "in 0 to 1 is not known.")
            }
            ownUnit = sizes.allSatisfy { $0 <= 1.5 } ? 1 : ownScale / theirScale
        }
        slope = (0..<channels).map { ours.deviation[$0] * ownUnit / theirs.deviation[$0] }
        offset = (0..<channels).map { (ours.mean[$0] * ownUnit - theirs.mean[$0]) / theirs.deviation[$0] }
        let logs = slope.map { log($0) }
        shift = (offset.reduce(0) { $0 + $1 * $1 } / Double(channels)).squareRoot()
        stretch = exp((logs.reduce(0) { $0 + $1 * $1 } / Double(channels)).squareRoot())
        theirWords = Self.words(theirs)
        ownWords = Self.words(ours)
        let isPlain = theirs.mean.allSatisfy { $0 == 0 } && theirs.deviation.allSatisfy { $0 == 1 }
        // Statistics that are written down are those of bytes by 255, where the files hold bytes as they are.
        let ownIsPlain = ours.mean.allSatisfy { $0 == 0 } && ours.deviation.allSatisfy { $0 == 1 }
        let inFileUnits = ownUnit == 1 || theirScale == 255 && ownIsPlain
        recipeWords =
            isPlain
            ? (theirScale == 255 ? "unit" : "none")
            : inFileUnits && channels <= 4
                ? "{mean: [\(Self.list(theirs.mean))], deviation: [\(Self.list(theirs.deviation))]}" : nil
    }

    /// Exact, with the rounding of what was written and read.
    var isNothing: Bool { shift <= 1e-6 && stretch <= 1 + 1e-6 }
    var isSmall: Bool { shift <= 0.05 && stretch <= 1.05 }
    /// Half a deviation, or twice the width: a network's first layer sees something else.
    var isLarge: Bool { shift > 0.5 || stretch > 2 }

    /// Makes inputs as the weights are used to of those that the recipe makes.
    func undo(_ inputs: inout [Float]) {
        for index in inputs.indices {
            let channel = index % slope.count
            inputs[index] = Float(slope[channel] * Double(inputs[index]) + offset[channel])
        }
    }

    private static func words(_ scaling: InputScaling) -> String {
        let scale = scaling.scale == 255 ? "bytes by 255" : "the file's numbers"
        guard scaling.mean.contains(where: { $0 != 0 }) || scaling.deviation.contains(where: { $0 != 1 }) else {
            return scale
        }
        return "\(scale), mean \(list(scaling.mean)), deviation \(list(scaling.deviation))"
    }

    private static func list(_ values: [Double]) -> String {
        values.prefix(4).map { figure($0, 6) }.joined(separator: ", ") + (values.count > 4 ? ", …" : "")
    }
}

extension Bench {
    /// Of a sample of the training examples, as their file has them.
    var largestStored: Double {
        let values = dataset.training.stored(positions(dataset.training, 200, salt: 33))
        return values.reduce(0.0) { max($0, abs(Double($1))) }
    }
}
