import Recipes
import Wire

/// What a job that measures others has found, where it comes from another store: it is shown and computed with.
enum MeasuredReport {
    /// - Throws: what keeps it from being one; `OddNumber` for numbers that do not stay numbers.
    static func judge(_ report: String, of kind: JobKind) throws {
        let value = try StrictJSON.parse(Array(report.utf8), limits: StrictJSON.Limits(bytes: .max))
        if kind == .squeeze {
            _ = try value.decoded(as: Squeeze.self)
        } else {
            _ = try value.decoded(as: Ensemble.self)
        }
        guard value.isOfPlausibleNumbers else { throw OddNumber() }
    }

    struct OddNumber: Error, CustomStringConvertible {
        var description: String { "a number in it is not finite or too large to be a measurement" }
    }
}

extension JSONValue {
    /// Whether every number in it can be counted with.
    fileprivate var isOfPlausibleNumbers: Bool {
        let most = 9_007_199_254_740_992.0
        return switch self {
        case .int(let number): abs(Double(number)) <= most
        case .double(let number): abs(number) <= most
        case .array(let values): values.allSatisfy(\.isOfPlausibleNumbers)
        case .object(let members): members.values.allSatisfy(\.isOfPlausibleNumbers)
        case .null, .bool, .string: true
        }
    }
}
