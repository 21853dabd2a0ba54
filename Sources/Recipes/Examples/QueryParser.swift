extension ExampleQuery {
    /// Reads a question.
    ///
    ///     [condition] [order by value [asc | desc], …] [limit n]
    ///
    /// A condition is made of comparisons, `in (…)`, `between … and …`, `like '…'`, `is [not] null`, `and`, `or`, `not`
    /// and parentheses; a value of columns, numbers, texts in quotes and `+ - * /`. What is missing is null: no
    /// comparison holds for it.
    /// - Throws: `QueryFailure` with the place.
    public init(_ text: String, columns: [QueryColumn]) throws(QueryFailure) {
        var parser = QueryParser(tokens: try QueryLexer.tokens(of: text), columns: columns)
        self = try parser.query()
    }

    /// The question with this limit in place of its own. One that cannot be read is given back as it is: who answers it says why.
    public static func limited(_ text: String, to count: Int) -> String {
        let tokens: [QueryToken]
        do { tokens = try QueryLexer.tokens(of: text) } catch { return text }
        var rest = text
        // The last token is the end, and `limit` is no column: the word before a number at the end is the limit's.
        if tokens.count >= 3, tokens[tokens.count - 3].isWord("limit"), case .number = tokens[tokens.count - 2].kind {
            rest = String(text.unicodeScalars.prefix(tokens[tokens.count - 3].offset))
        }
        return rest + " limit \(count)"
    }
}

/// Recursive descent; types are checked on the way, so that what it gives is never refused later.
struct QueryParser {
    /// Parentheses, `not` and signs within each other.
    static let mostDepth = 64
    /// Parts within each other that mean something: each takes up to six places of SQLite's stack of a hundred.
    static let mostNesting = 12
    /// Columns, constants and operations of one question: what SQLite takes without a thought.
    static let mostNodes = 800

    private let tokens: [QueryToken]
    private let columns: [QueryColumn]
    private var place = 0
    private var depth = 0
    private var nodes = 0

    init(tokens: [QueryToken], columns: [QueryColumn]) {
        self.tokens = tokens
        self.columns = columns
    }

    private enum Kind { case number, text, condition }

    /// A part that was read: what it is, and where it begins.
    private struct Part {
        var expression: QueryExpression
        var kind: Kind
        var offset: Int
        /// Of a number that stands for itself: as written.
        var spelled: String?
        /// A column of text whose values are numbers.
        var digits: Int?
    }

    private var token: QueryToken { tokens[min(place, tokens.count - 1)] }

    private mutating func take(word: String) -> Bool {
        guard token.isWord(word) else { return false }
        place += 1
        return true
    }

    private mutating func take(sign: String) -> Bool {
        guard token.isSign(sign) else { return false }
        place += 1
        return true
    }

    private mutating func count(_ number: Int = 1) throws(QueryFailure) {
        nodes += number
        guard nodes <= Self.mostNodes else {
            throw QueryFailure("a question has at most \(Self.mostNodes) parts", at: token.offset)
        }
    }

    private mutating func deeper<Result>(
        _ body: (inout QueryParser) throws(QueryFailure) -> Result
    ) throws(QueryFailure) -> Result {
        guard depth < Self.mostDepth else {
            throw QueryFailure("parts lie more than \(Self.mostDepth) deep within each other", at: token.offset)
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: The whole

    mutating func query() throws(QueryFailure) -> ExampleQuery {
        var query = ExampleQuery()
        _ = take(word: "where")
        if !token.isWord("order"), !token.isWord("limit"), token.kind != .end {
            query.filter = try requireCondition(try condition())
        }
        if take(word: "order") {
            guard take(word: "by") else { throw expected("'by' after 'order'") }
            repeat { query.order.append(try order()) } while take(sign: ",")
        }
        if take(word: "limit") {
            guard case .number(let value, _) = token.kind, value == value.rounded(), value >= 0, value <= 1e9 else {
                throw expected("a whole number after 'limit'")
            }
            place += 1
            query.limit = Int(value)
        }
        guard token.kind == .end else { throw unexpected() }
        let deepest = ([query.filter].compactMap { $0 } + query.order.map(\.by)).map(\.nesting).max() ?? 0
        guard deepest <= Self.mostNesting else {
            throw QueryFailure(
                "parts lie \(deepest) deep within each other, and at most \(Self.mostNesting) are read", at: 0)
        }
        return query
    }

    private func expected(_ what: String) -> QueryFailure {
        QueryFailure("expected \(what), found \(token.spelling)", at: token.offset)
    }

    private func unexpected() -> QueryFailure {
        var hint = "Join conditions with 'and' or 'or'; then come 'order by' and 'limit'."
        if case .text = token.kind { hint = "Put a comparison before it, as in label = 'cat'." }
        if token.isSign(")") { hint = "No parenthesis is open here." }
        return QueryFailure("\(token.spelling) does not fit here", at: token.offset, hint: hint)
    }

    private mutating func order() throws(QueryFailure) -> ExampleQuery.Order {
        let part = try sum()
        guard part.kind != .condition else {
            throw QueryFailure("examples are ordered by a value, not by a condition", at: part.offset)
        }
        let value = part.digits.map { QueryExpression.numeric($0) } ?? part.expression
        if take(word: "desc") { return ExampleQuery.Order(value, isDescending: true) }
        _ = take(word: "asc")
        return ExampleQuery.Order(value)
    }

    // MARK: Conditions

    private func requireCondition(_ part: Part) throws(QueryFailure) -> QueryExpression {
        guard part.kind == .condition else {
            throw QueryFailure(
                "a condition is missing: this is a value", at: part.offset,
                hint: "Compare it with something, as in ink > 0.3.")
        }
        return part.expression
    }

    private mutating func condition() throws(QueryFailure) -> Part {
        try joined("or", { .any($0) }) { parser throws(QueryFailure) in
            try parser.joined("and", { .all($0) }) { parser throws(QueryFailure) in try parser.negation() }
        }
    }

    private mutating func joined(
        _ word: String, _ join: ([QueryExpression]) -> QueryExpression,
        _ part: (inout QueryParser) throws(QueryFailure) -> Part
    ) throws(QueryFailure) -> Part {
        let first = try part(&self)
        guard token.isWord(word) else { return first }
        var parts = [try requireCondition(first)]
        while take(word: word) {
            try count()
            parts.append(try requireCondition(try part(&self)))
        }
        return Part(expression: join(parts), kind: .condition, offset: first.offset)
    }

    private mutating func negation() throws(QueryFailure) -> Part {
        let offset = token.offset
        guard take(word: "not") else { return try comparison() }
        try count()
        let inner = try deeper { parser throws(QueryFailure) in
            try parser.requireCondition(try parser.negation())
        }
        return Part(expression: .not(inner), kind: .condition, offset: offset)
    }

    private static let comparisons: [String: QueryExpression.Comparison] = [
        "=": .equal, "==": .equal, "!=": .unequal, "<>": .unequal, "<": .less, "<=": .atMost, ">": .greater,
        ">=": .atLeast,
    ]

    private mutating func comparison() throws(QueryFailure) -> Part {
        let left = try sum()
        if case .sign(let sign) = token.kind, let comparison = Self.comparisons[sign] {
            place += 1
            let right = try valueBeside(left)
            try count()
            let isOrder = comparison != .equal && comparison != .unequal
            let (one, other) = try alike(left, right, asNumbers: isOrder)
            if case .sign(let sign) = token.kind, Self.comparisons[sign] != nil {
                throw QueryFailure(
                    "comparisons do not chain", at: token.offset,
                    hint: "Write 'x between 1 and 3', or join two with 'and'.")
            }
            return Part(expression: .compared(comparison, one, other), kind: .condition, offset: left.offset)
        }
        let isNegated = take(word: "not")
        guard let test = try test(of: left) else {
            if isNegated { throw expected("'in', 'between' or 'like' after 'not'") }
            if take(word: "is") {
                let isNot = take(word: "not")
                guard take(word: "null") else { throw expected("'null' after 'is'") }
                try requireValue(left)
                try count()
                let test = QueryExpression.isNull(left.expression)
                return Part(expression: isNot ? .not(test) : test, kind: .condition, offset: left.offset)
            }
            return left
        }
        try count()
        return Part(expression: isNegated ? .not(test) : test, kind: .condition, offset: left.offset)
    }

    private mutating func test(of left: Part) throws(QueryFailure) -> QueryExpression? {
        if take(word: "in") {
            guard take(sign: "(") else { throw expected("a list in parentheses after 'in'") }
            var values: [QueryExpression] = []
            repeat { values.append(try alike(left, try valueBeside(left), asNumbers: false).1) } while take(sign: ",")
            guard take(sign: ")") else { throw expected("a comma or ')'") }
            return .isOneOf(left.expression, values)
        }
        if take(word: "between") {
            let low = try valueBeside(left)
            guard take(word: "and") else { throw expected("'and' between the two ends") }
            let high = try valueBeside(left)
            let (value, first) = try alike(left, low, asNumbers: true)
            return .isBetween(value, first, try alike(left, high, asNumbers: true).1)
        }
        if take(word: "like") {
            guard left.kind == .text else {
                throw QueryFailure("'like' looks into text, and this is a number", at: left.offset)
            }
            guard case .text(let pattern) = token.kind else { throw expected("a pattern in quotes, as '%at'") }
            try count()
            place += 1
            return .isLike(left.expression, pattern)
        }
        return nil
    }

    /// What stands on the other side of a value.
    private mutating func valueBeside(_ left: Part) throws(QueryFailure) -> Part {
        let start = token
        do throws(QueryFailure) {
            return try sum()
        } catch {
            // A class without quotes reads like a column that is not there.
            guard left.kind == .text, case .word(let word) = start.kind, error.offset == start.offset else {
                throw error
            }
            throw QueryFailure(error.message, at: error.offset, hint: "Text stands in quotes: '\(word)'.")
        }
    }

    private func requireValue(_ part: Part) throws(QueryFailure) {
        guard part.kind != .condition else {
            throw QueryFailure("a value is missing: this is a condition", at: part.offset)
        }
    }

    /// Both as numbers or both as text.
    /// - Parameter asNumbers: texts that are numbers are compared as such; equal ones are equal as text as well.
    private func alike(
        _ left: Part, _ right: Part, asNumbers: Bool
    ) throws(QueryFailure) -> (QueryExpression, QueryExpression) {
        try requireValue(left)
        try requireValue(right)
        let hasDigits = left.digits != nil || right.digits != nil
        if asNumbers, hasDigits, let one = number(left), let other = number(right) { return (one, other) }
        if left.kind == right.kind { return (left.expression, right.expression) }
        let hint = columnMeant(by: left) ?? columnMeant(by: right)
        if let hint { throw QueryFailure("a number is compared with text", at: right.offset, hint: hint) }
        // A class named 7 is text: `label = 7` means its name.
        if !asNumbers, left.kind == .text, let spelled = right.spelled { return (left.expression, .text(spelled)) }
        if !asNumbers, right.kind == .text, let spelled = left.spelled { return (.text(spelled), right.expression) }
        if let one = number(left), let other = number(right) { return (one, other) }
        throw QueryFailure(
            "a number is compared with text", at: right.offset,
            hint: left.kind == .number
                ? "The left side holds numbers." : "The left side holds text: quote the right one.")
    }

    /// What to write where a text in quotes is what the file calls a column.
    private func columnMeant(by part: Part) -> String? {
        guard case .text(let text) = part.expression, number(part) == nil,
            let column = QueryColumn.named(ExampleTable.plainName(of: text), among: columns)
        else { return nil }
        return "Columns are called by letters, digits and _, without quotes: did you mean \(columns[column].name)?"
    }

    /// The part as a number; nil for text that is none.
    private func number(_ part: Part) -> QueryExpression? {
        if part.kind == .number { return part.expression }
        if let digits = part.digits { return .numeric(digits) }
        if case .text(let text) = part.expression, let value = Double(text), value.isFinite { return .number(value) }
        return nil
    }

    // MARK: Values

    private mutating func sum() throws(QueryFailure) -> Part {
        try calculation([("+", .plus), ("-", .minus)]) { parser throws(QueryFailure) in
            try parser.calculation([("*", .times), ("/", .over)]) { parser throws(QueryFailure) in try parser.value() }
        }
    }

    private mutating func calculation(
        _ signs: [(String, QueryExpression.Arithmetic)], _ part: (inout QueryParser) throws(QueryFailure) -> Part
    ) throws(QueryFailure) -> Part {
        var left = try part(&self)
        while case .sign(let sign) = token.kind, let operation = signs.first(where: { $0.0 == sign })?.1 {
            place += 1
            try count()
            let right = try part(&self)
            left = Part(
                expression: .calculated(operation, try requireNumber(left), try requireNumber(right)), kind: .number,
                offset: left.offset)
        }
        return left
    }

    private func requireNumber(_ part: Part) throws(QueryFailure) -> QueryExpression {
        try requireValue(part)
        guard let number = number(part) else {
            throw QueryFailure("nothing can be calculated with text", at: part.offset, hint: columnMeant(by: part))
        }
        return number
    }

    private mutating func value() throws(QueryFailure) -> Part {
        let start = token
        try count()
        switch start.kind {
        case .number(let value, let spelled):
            place += 1
            return Part(expression: .number(value), kind: .number, offset: start.offset, spelled: spelled)
        case .text(let text):
            place += 1
            return Part(expression: .text(text), kind: .text, offset: start.offset)
        case .sign("-"):
            place += 1
            let inner = try deeper { parser throws(QueryFailure) in try parser.value() }
            let number = try requireNumber(inner)
            // As written, for names like -1.
            return Part(
                expression: .negated(number), kind: .number, offset: start.offset,
                spelled: inner.spelled.map { "-" + $0 })
        case .sign("("):
            place += 1
            var inner = try deeper { parser throws(QueryFailure) in try parser.condition() }
            guard take(sign: ")") else {
                throw QueryFailure(
                    "expected ')', found \(token.spelling)", at: token.offset,
                    hint: "The parenthesis was opened at character \(start.offset + 1).")
            }
            inner.offset = start.offset
            return inner
        case .word(let word):
            place += 1
            return try column(word, at: start.offset)
        case .sign, .end: throw expected("a column, a number or a text in quotes")
        }
    }

    private static let words: Set<String> = [
        "and", "or", "not", "in", "between", "like", "is", "null", "order", "by", "asc", "desc", "limit", "where",
    ]

    private func column(_ word: String, at offset: Int) throws(QueryFailure) -> Part {
        guard let index = QueryColumn.named(word, among: columns) else {
            if Self.words.contains(word.lowercased()) {
                throw QueryFailure("expected a column, a number or a text in quotes, found '\(word)'", at: offset)
            }
            throw QueryColumn.missing(word, among: columns, at: offset)
        }
        switch columns[index].kind {
        case .number: return Part(expression: .column(index), kind: .number, offset: offset)
        case .text: return Part(expression: .column(index), kind: .text, offset: offset)
        case .digits: return Part(expression: .column(index), kind: .text, offset: offset, digits: index)
        }
    }
}

extension QueryColumn {
    /// The place of the column of a name, in capitals or not.
    fileprivate static func named(_ name: String, among columns: [QueryColumn]) -> Int? {
        columns.firstIndex { $0.name == name } ?? columns.firstIndex { $0.name.lowercased() == name.lowercased() }
    }

    /// The place of a column that is named outside of a question, as 'data show' has it.
    /// - Throws: `QueryFailure`, which lies at no place of a question, where there is none.
    public static func place(of name: String, among columns: [QueryColumn]) throws(QueryFailure) -> Int {
        if let place = named(name, among: columns) { return place }
        throw missing(name, among: columns, at: 0)
    }

    fileprivate static func missing(_ name: String, among columns: [QueryColumn], at offset: Int) -> QueryFailure {
        let names = columns.map(\.name)
        let plain = named(ExampleTable.plainName(of: name), among: columns).map { names[$0] }
        if let nearest = plain ?? Spelling.nearest(name, of: names) {
            return QueryFailure("there is no column '\(name)': did you mean \(nearest)?", at: offset)
        }
        let list = names.prefix(30).joined(separator: ", ") + (names.count > 30 ? " and others" : "")
        return QueryFailure("there is no column '\(name)'", at: offset, hint: "There are \(list).")
    }
}
