import Foundation
import GRDB
import Recipes

/// One round of `simmer improve` as the ledger has it.
public struct LedgerRow: Sendable, Equatable {
    public var ownerUid: Int
    /// Of the recipe.
    public var name: String
    public var improvement: Improvement
}

extension Store {
    private static let improvementColumns = ["owner_uid", "name", "time_usec", "body"]

    /// Keeps what a round brought.
    /// - Returns: it, with its time.
    public func addImprovement(_ improvement: Improvement, name: String, ownerUid: Int) throws -> Improvement {
        try write { transaction in
            var improvement = improvement
            improvement.timeUsec = transaction.now
            let values: [(any DatabaseValueConvertible)?] = [
                ownerUid, name, improvement.timeUsec, try encodeJSON(improvement),
            ]
            try transaction.database.execute(
                sql: "INSERT INTO improvement(owner_uid, name, time_usec, body, checksum) VALUES (?, ?, ?, ?, ?)",
                arguments: StatementArguments(values + [RowChecksum.of(values)]))
            return improvement
        }
    }

    /// The newest rounds, the newest first.
    /// - Parameter owner: of one user; nil for all.
    public func improvements(limit: Int, owner: Int?) throws -> [LedgerRow] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM improvement WHERE ?1 IS NULL OR owner_uid = ?1 ORDER BY sequence DESC LIMIT ?2",
                arguments: [owner, limit]
            ).compactMap { row -> LedgerRow? in
                guard RowChecksum.isRight(row, over: Self.improvementColumns), let body = row["body"] as String?,
                    let owner = row["owner_uid"] as Int?, let name = row["name"] as String?
                else {
                    addDegraded("check_damaged", "A row of the ledger of improvements is damaged.")
                    return nil
                }
                return LedgerRow(ownerUid: owner, name: name, improvement: try decodeJSON(Improvement.self, body))
            }
        }
    }
}
