import Foundation
import GRDB
import Recipes

extension Store {
    /// Days for which the results of a recipe that nobody asks for again are kept.
    private static let recipeDays = 90
    fileprivate static let resultColumns = ["subject", "id", "verdict", "time_usec", "body"]
    private static let pictureColumns = ["subject", "id", "seq", "body"]

    /// Keeps results in the place of older ones of the same ids, with their pictures, in one transaction.
    /// - Parameter pictures: by the check's id, in their order; older ones of the same checks go.
    /// - Returns: the results with their time.
    @discardableResult
    public func addCheckResults(
        _ results: [CheckResult], of subject: CheckSubject, pictures: [String: [Picture]] = [:]
    ) throws -> [CheckResult] {
        guard !results.isEmpty else { return [] }
        return try write { transaction in
            try transaction.addCheckResults(results, of: subject, pictures: pictures)
        }
    }

    /// The newest result of each check, by id. A damaged row is left out and noted in `degraded`.
    public func checkResults(of subject: CheckSubject) throws -> [CheckResult] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM check_result WHERE subject = ? ORDER BY id", arguments: [subject.text]
            ).compactMap { row -> CheckResult? in
                guard RowChecksum.isRight(row, over: Self.resultColumns), let body = row["body"] as String? else {
                    addDegraded(ofCheck: subject)
                    return nil
                }
                return try decodeJSON(CheckResult.self, body)
            }
        }
    }

    /// The pictures of one check, in their order.
    public func pictures(of subject: CheckSubject, check id: String) throws -> [Picture] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM picture WHERE subject = ? AND id = ? ORDER BY seq",
                arguments: [subject.text, id]
            ).compactMap { row -> Picture? in
                guard RowChecksum.isRight(row, over: Self.pictureColumns), let body = row["body"] as String? else {
                    addDegraded(ofCheck: subject)
                    return nil
                }
                return try decodeJSON(Picture.self, body)
            }
        }
    }

    /// Drops what was found of recipes that have not been checked for a long time.
    func trimCheckResults() throws {
        let before = options.now() - Self.recipeDays * 86_400_000_000
        try write { transaction in
            let old = try String.fetchAll(
                transaction.database,
                sql: """
                    SELECT subject FROM check_result WHERE subject LIKE 'recipe:%' GROUP BY subject
                    HAVING max(time_usec) < ?
                    """, arguments: [before])
            for subject in old { try transaction.dropCheckResults(subject: subject) }
        }
    }

    private func addDegraded(ofCheck subject: CheckSubject) {
        addDegraded(
            "check_damaged", "A stored result of a check of \(subject.text) is damaged.",
            hint: "Run the checks again with `simmer check`.")
    }
}

extension StoreTransaction {
    /// As `Store.addCheckResults`.
    @discardableResult
    public func addCheckResults(
        _ results: [CheckResult], of subject: CheckSubject, pictures: [String: [Picture]] = [:]
    ) throws -> [CheckResult] {
        let timed = results.map { result in
            var result = result
            result.timeUsec = now
            return result
        }
        for result in timed {
            let body = try encodeJSON(result)
            let values: [(any DatabaseValueConvertible)?] = [
                subject.text, result.id, result.verdict.rawValue, result.timeUsec, body,
            ]
            try database.execute(
                sql: "INSERT OR REPLACE INTO check_result VALUES (?, ?, ?, ?, ?, ?)",
                arguments: StatementArguments(values + [RowChecksum.of(values)]))
            try database.execute(
                sql: "DELETE FROM picture WHERE subject = ? AND id = ?", arguments: [subject.text, result.id])
            for (place, picture) in (pictures[result.id] ?? []).enumerated() {
                let body = try encodeJSON(picture)
                let values: [(any DatabaseValueConvertible)?] = [subject.text, result.id, place, body]
                try database.execute(
                    sql: "INSERT INTO picture VALUES (?, ?, ?, ?, ?)",
                    arguments: StatementArguments(values + [RowChecksum.of(values)]))
            }
        }
        return timed
    }

    /// The newest result of one check; nil where there is none, or it is damaged.
    public func checkResult(_ id: String, of subject: CheckSubject) throws -> CheckResult? {
        let row = try Row.fetchOne(
            database, sql: "SELECT * FROM check_result WHERE subject = ? AND id = ?", arguments: [subject.text, id])
        guard let row, RowChecksum.isRight(row, over: Store.resultColumns), let body = row["body"] as String? else {
            return nil
        }
        return try decodeJSON(CheckResult.self, body)
    }

    func dropCheckResults(subject: String) throws {
        try database.execute(sql: "DELETE FROM check_result WHERE subject = ?", arguments: [subject])
        try database.execute(sql: "DELETE FROM picture WHERE subject = ?", arguments: [subject])
    }
}
