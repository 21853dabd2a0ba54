import Datasets
import Recipes
import Tensors
import Training

/// What a check has to work with: the recipe, its data, threads, and a place for pictures.
package final class Bench {
    package let recipe: Recipe
    package let dataset: Dataset
    package let pool: ThreadPool
    package let clock: any TrainingClock
    /// The weights that a trained suite is about, put into a model; nil before a run.
    package let trained: Training.Model?
    /// The step of those weights.
    package let step: Int?
    /// Whether the trained network's optimiser knows its moments.
    package let trainedHasMoments: Bool
    /// The file of the recipe's `model.from`; nil without one.
    package let weights: WeightsFile?
    /// Of the run that the trained weights are from.
    package let history: RunHistory?
    private let show: (String, Picture) -> Void
    private var names: [String: [String]] = [:]
    /// What other checks have said under the same id, by it.
    private var given: [String: (check: ObjectIdentifier, result: CheckResult)] = [:]
    /// What one check has measured and another needs.
    package var shared = SharedMeasurements()

    package var facts: DataFacts { dataset.facts }

    /// Seconds of an update with the recipe's batches, from twenty of them; nil where the model cannot be trained.
    package private(set) lazy var stepSeconds: Double? = StepTiming.seconds(recipe, dataset, pool: pool, clock: clock)

    /// The recipe's learning rate in the update that made the trained weights, without what was changed while it ran; nil
    /// where it is 0.
    package var rate: Double? {
        // A schedule that cannot be made has ended the run before there were weights.
        let schedule = try? Schedule(recipe: recipe, stepsPerEpoch: facts.stepsPerEpoch(of: recipe))
        return step.flatMap { schedule?.rate(at: max($0 - 1, 0)) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// - Parameter show: takes each picture with the id of its check, as it is drawn.
    package init(
        recipe: Recipe, dataset: Dataset, threads: Int, clock: any TrainingClock, trained: Training.Model? = nil,
        step: Int? = nil, trainedHasMoments: Bool = false, weights: WeightsFile? = nil,
        history: RunHistory? = nil, show: @escaping (String, Picture) -> Void
    ) {
        self.recipe = recipe
        self.dataset = dataset
        pool = trained?.network.pool ?? ThreadPool(threads: threads)
        self.clock = clock
        self.trained = trained
        self.step = step
        self.trainedHasMoments = trainedHasMoments
        self.weights = weights
        self.history = history
        self.show = show
    }

    /// Keeps a picture for the check of this id; one that outgrows a message is left out and said so in its place.
    package func draw(_ picture: Picture, for id: String) {
        var picture = picture
        if let size = picture.png?.utf8.count, size > Picture.mostBytes {
            picture.caption += " (left out: \(size / 1024) KiB are too many)"
            picture.png = nil
        }
        show(id, picture)
        names[id, default: []].append(picture.name)
    }

    /// Runs one check: its results with cost and pictures; a skip for each id where it cannot be run.
    package func run(_ check: any Check.Type) -> [CheckResult] {
        let start = clock.seconds
        names = [:]
        var results: [CheckResult]
        do {
            results = try check.measure(self)
        } catch let skip as CheckSkip {
            results = check.ids.map { .skip($0, skip.reason) }
        } catch let failure as TrainingFailure {
            results = check.ids.map { .skip($0, "It cannot be run: \(failure.message)") }
        } catch {
            results = check.ids.map { .skip($0, "It cannot be run: \(error)") }
        }
        // Whoever asks whether all has been checked must find an answer for each id.
        for id in check.ids where !results.contains(where: { $0.id == id }) {
            results.append(.skip(id, "Not applicable to this recipe and data."))
        }
        let seconds = (clock.seconds - start) / Double(max(results.count, 1))
        for index in results.indices {
            results[index].seconds = seconds
            results[index].step = results[index].step ?? step
            results[index].pictures += names[results[index].id] ?? []
            if let other = given[results[index].id], other.check != ObjectIdentifier(check) {
                results[index] = results[index].joined(to: other.result)
            } else {
                given[results[index].id] = (ObjectIdentifier(check), results[index])
            }
        }
        return results
    }
}

extension CheckResult {
    /// One answer of two that have the same id, each from a part of the question: the worse of them, with what both say.
    fileprivate func joined(to earlier: CheckResult) -> CheckResult {
        let order: [CheckVerdict] = [.fail, .warn, .pass, .skip]
        let places = [earlier, self].map { order.firstIndex(of: $0.verdict) ?? 0 }
        var joined = places[0] <= places[1] ? earlier : self
        let other = places[0] <= places[1] ? self : earlier
        if other.verdict != .skip {
            joined.message += " " + other.message
            joined.numbers += other.numbers
            joined.places += other.places
        }
        joined.pictures = earlier.pictures + pictures
        joined.seconds = earlier.seconds + seconds
        return joined
    }
}

/// Measurements that more than one check needs, made by the first.
package struct SharedMeasurements {
    package var survey: Survey?
    /// The inner nil: there is nothing to compare.
    package var neighbours: Neighbours??
    package var examples: ExampleTable?
    package var skeleton = SkeletonMeasurements()
    package init() {}
}
