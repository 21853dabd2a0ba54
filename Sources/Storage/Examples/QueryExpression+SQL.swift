import GRDB
import Recipes

/// A question as SQL: columns by names that the store gave them, and nothing of the asker's but bound values.
struct ExampleSQL {
    private(set) var text = ""
    private(set) var arguments: [any DatabaseValueConvertible] = []
    /// SQL for the column of each place.
    private let columns: [String]

    init(columns: [String]) { self.columns = columns }

    mutating func begin(_ statement: String) { text += statement }

    /// ` WHERE …`; empty where every example is meant.
    mutating func filter(_ filter: QueryExpression?) {
        guard let filter else { return }
        text += " WHERE "
        add(filter)
    }

    /// ` ORDER BY …`, at last in the order of the table, so that an answer is always the same.
    mutating func order(_ order: [ExampleQuery.Order], last: String) {
        text += " ORDER BY "
        for part in order {
            add(part.by)
            text += part.isDescending ? " DESC NULLS LAST, " : " ASC NULLS LAST, "
        }
        text += last
    }

    mutating func limit(_ limit: Int) {
        text += " LIMIT ?"
        arguments.append(limit)
    }

    private mutating func add(_ expression: QueryExpression) {
        switch expression {
        case .column(let index): text += column(index)
        case .numeric(let index): text += "CAST(\(column(index)) AS REAL)"
        case .number(let value): bind(value)
        case .text(let value): bind(value)
        case .negated(let inner): wrap("-", inner)
        case .calculated(let operation, let left, let right):
            text += "("
            calculate(operation, left, right)
            text += ")"
        case .compared(let comparison, let left, let right): join([left, right], " \(comparison.rawValue) ")
        case .all(let parts): join(parts, " AND ")
        case .any(let parts): join(parts, " OR ")
        case .not(let inner): wrap("NOT ", inner)
        case .isOneOf(let value, let list):
            text += "("
            add(value)
            text += " IN "
            join(list, ", ")
            text += ")"
        case .isBetween(let value, let low, let high):
            text += "("
            add(value)
            text += " BETWEEN "
            add(low)
            text += " AND "
            add(high)
            text += ")"
        case .isLike(let value, let pattern):
            text += "("
            add(value)
            text += " LIKE "
            bind(pattern)
            text += ")"
        case .isNull(let value):
            text += "("
            add(value)
            text += " IS NULL)"
        }
    }

    /// A chain from left to right stands flat, as SQL reads it too: its parser has a stack for a hundred signs.
    private mutating func calculate(
        _ operation: QueryExpression.Arithmetic, _ left: QueryExpression, _ right: QueryExpression
    ) {
        if case .calculated(let inner, let first, let second) = left, inner.chains(before: operation) {
            calculate(inner, first, second)
        } else {
            add(left)
        }
        text += " \(operation.rawValue) "
        add(right)
    }

    /// The parser gives no other places than those of its columns.
    private func column(_ index: Int) -> String { columns.indices.contains(index) ? columns[index] : "NULL" }

    private mutating func bind(_ value: any DatabaseValueConvertible) {
        text += "?"
        arguments.append(value)
    }

    private mutating func wrap(_ before: String, _ inner: QueryExpression) {
        // A space, since two minus signs begin a comment.
        text += "(\(before) "
        add(inner)
        text += ")"
    }

    private mutating func join(_ parts: [QueryExpression], _ separator: String) {
        text += "("
        for (index, part) in parts.enumerated() {
            if index > 0 { text += separator }
            add(part)
        }
        text += ")"
    }
}
