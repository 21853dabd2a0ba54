/// A condition or a value of a question about examples, with its columns by their place in the list that it was read
/// with.
public indirect enum QueryExpression: Sendable, Equatable {
    public enum Comparison: String, Sendable, CaseIterable {
        case equal = "=", unequal = "<>", less = "<", atMost = "<=", greater = ">", atLeast = ">="
    }
    public enum Arithmetic: String, Sendable, CaseIterable {
        case plus = "+", minus = "-", times = "*", over = "/"
    }

    case column(Int)
    /// A text column of which every value is a number, as that number.
    case numeric(Int)
    case number(Double)
    case text(String)
    case negated(QueryExpression)
    case calculated(Arithmetic, QueryExpression, QueryExpression)
    case compared(Comparison, QueryExpression, QueryExpression)
    case all([QueryExpression])
    case any([QueryExpression])
    case not(QueryExpression)
    case isOneOf(QueryExpression, [QueryExpression])
    case isBetween(QueryExpression, QueryExpression, QueryExpression)
    /// `%` stands for any characters, `_` for one; case counts for nothing in ASCII.
    case isLike(QueryExpression, String)
    case isNull(QueryExpression)
}

extension QueryExpression.Arithmetic {
    private var strength: Int { self == .plus || self == .minus ? 0 : 1 }

    /// Whether `a self b other c` means `(a self b) other c`.
    public func chains(before other: Self) -> Bool { strength >= other.strength }
}

extension QueryExpression {
    /// How deep parts lie within each other; what follows each other lies beside each other.
    var nesting: Int {
        switch self {
        case .column, .numeric, .number, .text: 0
        case .negated(let inner), .not(let inner), .isNull(let inner), .isLike(let inner, _): 1 + inner.nesting
        case .calculated(let operation, let left, let right):
            if case .calculated(let inner, _, _) = left, inner.chains(before: operation) {
                max(left.nesting, 1 + right.nesting)
            } else {
                1 + max(left.nesting, right.nesting)
            }
        case .compared(_, let left, let right): 1 + max(left.nesting, right.nesting)
        case .all(let parts), .any(let parts): 1 + (parts.map(\.nesting).max() ?? 0)
        case .isOneOf(let value, let list): 1 + max(value.nesting, list.map(\.nesting).max() ?? 0)
        case .isBetween(let value, let low, let high): 1 + max(value.nesting, low.nesting, high.nesting)
        }
    }
}

/// A column that may be asked about.
public struct QueryColumn: Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case number
        case text
        /// Text of which every value is a number, as class names often are: compared and ordered as numbers.
        case digits
    }
    public var name: String
    public var kind: Kind

    public init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// Which examples, in which order, and how many: `label = 7 and ink > 0.3 order by loss desc limit 20`.
public struct ExampleQuery: Sendable, Equatable {
    public struct Order: Sendable, Equatable {
        public var by: QueryExpression
        public var isDescending: Bool

        public init(_ by: QueryExpression, isDescending: Bool = false) {
            self.by = by
            self.isDescending = isDescending
        }
    }
    /// nil for every example.
    public var filter: QueryExpression?
    public var order: [Order]
    public var limit: Int?

    public init(filter: QueryExpression? = nil, order: [Order] = [], limit: Int? = nil) {
        self.filter = filter
        self.order = order
        self.limit = limit
    }
}

/// What is wrong with a question, and where.
public struct QueryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var message: String
    /// Characters before the place.
    public var offset: Int
    public var hint: String?

    init(_ message: String, at offset: Int, hint: String? = nil) {
        self.message = message
        self.offset = offset
        self.hint = hint
    }

    public var description: String { "\(message) (character \(offset + 1))" }

    /// For the interface: the place is the last part of `path`.
    public var finding: Finding {
        Finding(severity: .error, code: "query", message: description, path: "/query/\(offset)", hint: hint)
    }

    /// For the interface, of a column that was named outside of a question.
    public var columnFinding: Finding {
        Finding(severity: .error, code: Self.columnCode, message: message, hint: hint)
    }

    private static let columnCode = "column"

    /// Whether a finding says that a column was named that is not there.
    public static func isColumn(_ finding: Finding) -> Bool { finding.code == columnCode }

    /// The place that a finding of this kind points at; nil for other findings.
    public static func offset(of finding: Finding) -> Int? {
        guard finding.code == "query", let path = finding.path, path.hasPrefix("/query/") else { return nil }
        return Int(path.dropFirst("/query/".count))
    }
}
