/// Examples as batches take them, in memory: what a check changes before it trains on it.
public struct HeldExamples: Sendable {
    /// Normalised, example by example; images `[height, width, channels]`, text as token ids.
    public var inputs: [Float]
    /// Numbers in one example.
    public let elementCount: Int
    /// `targetsPerExample` each; empty where the targets are numbers.
    public var classes: [Int32]
    /// `targetWidth` each; empty where they are classes.
    public var numbers: [Float]
    public let targetWidth: Int
    public let targetsPerExample: Int

    public var count: Int { inputs.count / max(elementCount, 1) }

    func fill(inputs destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        inputs.withUnsafeBufferPointer { Self.copy($0, elementCount, positions, destination) }
    }

    func fill(classes destination: UnsafeMutablePointer<Int32>, _ positions: ArraySlice<UInt32>) {
        guard !classes.isEmpty else { return }
        classes.withUnsafeBufferPointer { Self.copy($0, targetsPerExample, positions, destination) }
    }

    func fill(numbers destination: UnsafeMutablePointer<Float>, _ positions: ArraySlice<UInt32>) {
        guard !numbers.isEmpty else { return }
        numbers.withUnsafeBufferPointer { Self.copy($0, targetWidth, positions, destination) }
    }

    private static func copy<T>(
        _ values: UnsafeBufferPointer<T>, _ width: Int, _ positions: ArraySlice<UInt32>,
        _ destination: UnsafeMutablePointer<T>
    ) {
        guard let base = values.baseAddress else { return }
        for (index, position) in positions.enumerated() {
            (destination + index * width).update(from: base + Int(position) * width, count: width)
        }
    }
}

extension HeldExamples {
    /// The same inputs, each with one class: which of some groups it belongs to.
    public func labelled(_ classes: [Int32]) -> HeldExamples {
        HeldExamples(
            inputs: inputs, elementCount: elementCount, classes: classes, numbers: [], targetWidth: 1,
            targetsPerExample: 1)
    }
}

extension Subset {
    public init(_ examples: HeldExamples) { source = .held(examples) }

    /// A copy of the examples at `positions`: 4 bytes for each number of theirs.
    public func held(_ positions: [UInt32]) -> HeldExamples {
        let hasClasses = labels != nil
        var held = HeldExamples(
            inputs: [Float](repeating: 0, count: positions.count * elementCount), elementCount: elementCount,
            classes: [Int32](repeating: 0, count: hasClasses ? positions.count * targetsPerExample : 0),
            numbers: [Float](repeating: 0, count: hasClasses ? 0 : positions.count * targetWidth),
            targetWidth: targetWidth, targetsPerExample: targetsPerExample)
        held.inputs.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { fill(inputs: base, positions[...]) }
        }
        held.classes.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress, hasClasses { fill(classes: base, positions[...]) }
        }
        held.numbers.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress, !hasClasses { fill(numbers: base, positions[...]) }
        }
        return held
    }

    /// Whether the targets are classes; nil for numbers.
    private var labels: Void? {
        switch source {
        case .rows(let rows), .joined(let rows, _): rows.examples.classLabels.map { _ in }
        case .text: ()
        case .held(let held): held.classes.isEmpty ? nil : ()
        }
    }
}

extension Dataset {
    /// The same data with other examples in two splits, for trials: what is known of the data is counted anew.
    /// - Parameters:
    ///   - validation: nil for none.
    ///   - classes: what the examples' classes are called where they are no longer the data's own.
    public func replacing(
        training: HeldExamples, validation: HeldExamples?, classes: [String]? = nil
    ) -> Dataset {
        var facts = facts
        if let classes {
            facts.target = .classes(classes)
            facts.targetsPerExample = training.targetsPerExample
        }
        facts.madeCount = nil
        facts.trainingCount = training.count
        facts.validationCount = validation?.count ?? 0
        facts.unlabelledCount = 0
        switch facts.target {
        case .classes(let names):
            facts.classCounts = [Int](repeating: 0, count: names.count)
            for label in training.classes where label >= 0 && Int(label) < names.count {
                facts.classCounts[Int(label)] += 1
            }
        case .numbers(let width):
            facts.targetMeans = (0..<width).map { column in
                let values = stride(from: column, to: training.numbers.count, by: width)
                return values.reduce(0) { $0 + Double(training.numbers[$1]) } / Double(max(training.count, 1))
            }
        }
        return Dataset(
            facts: facts, training: Subset(training),
            validation: validation.map { Subset($0) } ?? Subset(training.empty), test: Subset(training.empty),
            inputNames: inputNames)
    }
}

extension Dataset {
    /// The same data with other validation examples.
    public func withValidation(_ validation: HeldExamples) -> Dataset {
        var facts = facts
        facts.validationCount = validation.count
        return Dataset(
            facts: facts, training: training, validation: Subset(validation), test: test, inputNames: inputNames)
    }
}

extension HeldExamples {
    /// No examples of the same shape.
    fileprivate var empty: HeldExamples {
        HeldExamples(
            inputs: [], elementCount: elementCount, classes: [], numbers: [], targetWidth: targetWidth,
            targetsPerExample: targetsPerExample)
    }
}
