import Foundation
import GRDB
import Recipes

/// An open transaction of `simmer.db`; valid only inside the closure it is given to.
public final class StoreTransaction {
    let database: Database
    let store: Store
    /// What this transaction has to tell once it is committed.
    var events: [Event] = []
    /// Jobs whose newest progress it has written, with what it wrote.
    var writtenJobs: Set<Int> = []

    init(database: Database, store: Store) {
        self.database = database
        self.store = store
    }

    var now: Int { store.options.now() }

    /// Counts a commit that must never get lost unnoticed; the high-water mark follows it.
    func advanceSequence() throws -> Int {
        try database.execute(sql: "UPDATE meta SET commit_sequence = commit_sequence + 1")
        return try Int.fetchOne(database, sql: "SELECT commit_sequence FROM meta") ?? 0
    }
}

extension Store {
    /// One durable transaction; its events are told after the commit, in the order of the commits.
    func write<Result>(_ body: (StoreTransaction) throws -> Result) throws -> Result {
        try checkWritable()
        return try translating(databasePath) {
            try pool.writeWithoutTransaction { database in
                let transaction = StoreTransaction(database: database, store: self)
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try body(transaction)
                    return .commit
                }
                forgetProgress(ofJobs: transaction.writtenJobs)
                if !transaction.events.isEmpty, let handler = eventHandler.withLock({ $0 }) {
                    handler(transaction.events)
                }
                guard let result else {
                    throw SimmerError.internalFault(reference: "store: transaction without result")
                }
                return result
            }
        }
    }

    /// Runs `body` in one transaction, once for each request: a retry gets the first answer.
    ///
    /// - Returns: the answer, and whether it is a repeated one.
    /// - Throws: `requestIdReused` where the id was used with other arguments; what `body` throws.
    public func once<Answer: Codable>(
        _ request: RequestKey?, _ body: (StoreTransaction) throws -> Answer
    ) throws -> (answer: Answer, repeated: Bool) {
        try write { transaction in
            guard let request else { return (try body(transaction), false) }
            if let known = try transaction.answer(to: request, as: Answer.self) { return (known, true) }
            let answer = try body(transaction)
            try transaction.remember(request, answer: answer)
            return (answer, false)
        }
    }

    /// The stored answer of a request, to be asked before expensive work; nil where it is new.
    ///
    /// - Throws: `requestIdReused`.
    public func answer<Answer: Codable>(to request: RequestKey, as type: Answer.Type) throws -> Answer? {
        try read { database in
            try StoreTransaction(database: database, store: self).answer(to: request, as: type)
        }
    }
}

extension StoreTransaction {
    func answer<Answer: Codable>(to request: RequestKey, as type: Answer.Type) throws -> Answer? {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM request WHERE uid = ? AND id = ?", arguments: [request.uid, request.id])
        else { return nil }
        guard RowChecksum.isRight(row, over: ["uid", "id", "arguments_digest", "reply", "at_usec"]) else {
            throw SimmerError.storeDegraded(
                message: "The stored answer to request '\(request.id)' is damaged: whether it was carried out is to be"
                    + " looked up, and the call repeated under a new request id where it was not.")
        }
        guard row["arguments_digest"] == request.argumentsDigest else {
            throw SimmerError.requestIdReused(requestId: request.id)
        }
        return try decodeJSON(Answer.self, row["reply"])
    }

    func remember(_ request: RequestKey, answer: some Encodable) throws {
        let reply = try encodeJSON(answer)
        let values: [any DatabaseValueConvertible] = [request.uid, request.id, request.argumentsDigest, reply, now]
        try database.execute(
            sql: "INSERT INTO request(uid, id, arguments_digest, reply, at_usec, checksum) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: StatementArguments(values + [RowChecksum.of(values)]))
    }
}

/// Canonical enough to compare and to check: sorted keys, no escaped slashes.
func encodeJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func decodeJSON<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
        return try decoder.decode(type, from: Data(text.utf8))
    } catch let error as DecodingError {
        throw SimmerError.storeDegraded(message: "A stored \(type) cannot be read\(error.place)")
    }
}

extension DecodingError {
    /// ` at 'facts.columns.3': what is wrong there`
    fileprivate var place: String {
        let (context, last): (Context, (any CodingKey)?) =
            switch self {
            case .keyNotFound(let key, let context): (context, key)
            case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
                (context, nil)
            @unknown default: (Context(codingPath: [], debugDescription: "\(self)"), nil)
            }
        let path = (context.codingPath + (last.map { [$0] } ?? [])).map {
            $0.intValue.map(String.init) ?? $0.stringValue
        }
        return (path.isEmpty ? "" : " at '\(path.joined(separator: "."))'") + ": \(context.debugDescription)"
    }
}
