import Recipes

/// Reads what the network shall answer: class indices or numbers.
enum TargetReader {
    /// No data set for which simmer is made has more classes; a larger label is a number that is no label.
    static let mostClasses = 100_000

    /// Labels of one split. `classes` is nil where they are to be counted from these labels.
    static func labels(
        _ shards: [(file: NamedFile, array: RawArray)], classes: Int?
    ) throws(DataFault) -> (labels: [Int32], classes: Int) {
        var labels: [Int32] = []
        var most = -1
        for (file, array) in shards {
            guard array.dimensions.dropFirst().allSatisfy({ $0 == 1 }) else {
                throw file.fault(
                    .shape, "targets of shape \(array.dimensions); class labels are one number an example.",
                    hint: "Use the class's index instead of a one-hot row, or `loss: mse` for numbers.")
            }
            labels.reserveCapacity(labels.count + array.dimensions[0])
            for row in 0..<array.dimensions[0] {
                let label = try label(at: row, of: array, file)
                guard label >= 0, label < classes ?? mostClasses else {
                    let range = classes.map { "0 to \($0 - 1)" } ?? "0 to \(mostClasses - 1)"
                    throw file.fault(
                        .label, "example \(row) has the label \(label), outside the classes \(range).",
                        hint: classes == nil
                            ? "Labels count from 0." : "Correct the label, or set `data.classes` to the right number.")
                }
                most = max(most, label)
                labels.append(Int32(label))
            }
        }
        return (labels, classes ?? most + 1)
    }

    private static func label(at row: Int, of array: RawArray, _ file: NamedFile) throws(DataFault) -> Int {
        switch array.elements {
        case .bytes(let values): return Int(values[row])
        case .mapped(let values): return Int(values.start[row])
        case .integers(let values): return Int(values[row])
        case .floats(let values):
            guard let label = Int(exactly: values[row]) else {
                throw file.fault(
                    .label, "example \(row) has the target \(values[row]), which is not a class label.",
                    hint: "Labels are whole numbers from 0; for numbers use `loss: mse`.")
            }
            return label
        }
    }

    /// Numbers of one split, `width` for each example.
    static func numbers(
        _ shards: [(file: NamedFile, array: RawArray)]
    ) throws(DataFault) -> (values: [Float], width: Int) {
        var values: [Float] = []
        var width: Int?
        for (file, array) in shards {
            let here = array.dimensions.dropFirst().reduce(1, *)
            if let width, width != here {
                throw file.fault(.shape, "\(here) numbers a target, but \(width) in the shard before.")
            }
            width = here
            let singles = array.singles()
            if let bad = singles.firstIndex(where: { !$0.isFinite }) {
                throw file.fault(.notFinite, "the target of example \(bad / here) is \(singles[bad]).")
            }
            values.append(contentsOf: singles)
        }
        return (values, width ?? 1)
    }
}

/// What the texts of a csv's target column mean.
enum CSVTarget {
    case classes([String])
    case numbers

    /// Text is classes. Numbers are classes where they are whole and run from 0 without a gap, or where `data.classes` is
    /// as many as there are, or more than the largest; other numbers are numbers. The recipe's loss decides where it is
    /// given.
    init(_ values: [String], loss: Loss.Kind?, classes: Int? = nil) {
        let distinct = Set(values)
        let numbers = distinct.compactMap { text in CSVFile.number(text).map { (text, $0) } }
        let allNumbers = numbers.count == distinct.count
        let whole = Set(numbers.compactMap { Int(exactly: $0.1) })
        let areLabels = allNumbers && whole.count == distinct.count
        let runs = areLabels && whole.min() == 0 && whole.max() == whole.count - 1
        let fits =
            areLabels && classes.map { $0 == whole.count || whole.allSatisfy((0..<$0).contains) } ?? false
        if loss?.wantsClasses.map({ !$0 }) ?? (allNumbers && !runs && !fits) {
            self = .numbers
        } else if allNumbers {
            self = .classes(numbers.sorted { $0.1 < $1.1 }.map(\.0))
        } else {
            self = .classes(distinct.sorted())
        }
    }

    /// `data.classes` beside targets that are no classes.
    static func refusal(_ classes: Int, _ loss: Loss?, found: String) -> DataFault {
        guard let loss, loss.kind.wantsClasses == false else {
            return DataFault(
                .label, "`data.classes` is \(classes), and the targets are \(found).", key: "data.classes",
                hint: "Numbers are classes where they are whole, and as many different ones as `data.classes` or all "
                    + "below it; else remove the key.")
        }
        return DataFault(
            .label, "`data.classes` is \(classes), and `loss: \(loss.kind.rawValue)` takes the targets for numbers.",
            key: "data.classes", hint: "Remove it, or use `loss: cross-entropy`.")
    }

    /// A note where numbers may have been meant as classes.
    static func note(_ numbers: [Double], _ what: String, _ file: NamedFile, hint: String) -> Finding? {
        var distinct: Set<Int> = []
        for number in numbers {
            guard let whole = Int(exactly: number) else { return nil }
            distinct.insert(whole)
            guard distinct.count <= mostLabels else { return nil }
        }
        guard distinct.count > 1, 2 * distinct.count <= numbers.count else { return nil }
        var finding = file.warning(
            .label,
            "\(what) \(distinct.count) different whole numbers "
                + "(\(distinct.sorted().map { "\($0)" }.joined(separator: ", "))), learned as numbers (regression).",
            hint: hint)
        finding.severity = .info
        return finding
    }

    /// Different numbers that a person may have meant as labels.
    private static let mostLabels = 10
    /// In an array, whose labels count from 0.
    static let largestLabel = 100
}
