/// A word, number, text or sign of a question.
struct QueryToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case word(String)
        /// With its digits as written, which are what it means beside text.
        case number(Double, String)
        case text(String)
        case sign(String)
        case end
    }
    var kind: Kind
    /// Characters before it.
    var offset: Int

    /// As an error names it.
    var spelling: String {
        switch kind {
        case .word(let word), .sign(let word), .number(_, let word): "'\(word)'"
        case .text(let text): "the text '\(text.prefix(20))'"
        case .end: "the end"
        }
    }

    /// Whether it is this word of the language, in capitals or not.
    func isWord(_ word: String) -> Bool {
        guard case .word(let own) = kind else { return false }
        return own.lowercased() == word
    }

    func isSign(_ sign: String) -> Bool { kind == .sign(sign) }
}

/// Cuts a question into tokens; the last one is its end.
enum QueryLexer {
    /// Characters of a question.
    static let mostCharacters = 10_000

    static func tokens(of query: String) throws(QueryFailure) -> [QueryToken] {
        let characters = Array(query.unicodeScalars)
        guard characters.count <= mostCharacters else {
            throw QueryFailure("a question has at most \(mostCharacters) characters", at: mostCharacters)
        }
        var tokens: [QueryToken] = []
        var place = 0
        while place < characters.count {
            let character = characters[place]
            if character.properties.isWhitespace {
                place += 1
            } else if isLetter(character) {
                let start = place
                while place < characters.count, isLetter(characters[place]) || isDigit(characters[place]) { place += 1 }
                tokens.append(QueryToken(kind: .word(string(characters[start..<place])), offset: start))
            } else if isDigit(character)
                || character == "." && place + 1 < characters.count && isDigit(characters[place + 1])
            {
                tokens.append(try number(characters, &place))
            } else if character == "'" || character == "\"" {
                tokens.append(try text(characters, &place))
            } else {
                tokens.append(try sign(characters, &place))
            }
        }
        return tokens + [QueryToken(kind: .end, offset: characters.count)]
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var result = ""
        result.unicodeScalars.append(contentsOf: scalars)
        return result
    }

    private static func number(_ characters: [Unicode.Scalar], _ place: inout Int) throws(QueryFailure) -> QueryToken {
        let start = place
        func digits() { while place < characters.count, isDigit(characters[place]) { place += 1 } }
        digits()
        if place < characters.count, characters[place] == "." {
            place += 1
            digits()
        }
        if place < characters.count, characters[place] == "e" || characters[place] == "E" {
            var next = place + 1
            if next < characters.count, characters[next] == "-" || characters[next] == "+" { next += 1 }
            if next < characters.count, isDigit(characters[next]) {
                place = next
                digits()
            }
        }
        let spelled = string(characters[start..<place])
        if place < characters.count, isLetter(characters[place]) {
            throw QueryFailure("a number ends in a letter", at: place, hint: "Text stands in quotes: 'text'.")
        }
        guard let value = Double(spelled), value.isFinite else {
            throw QueryFailure("\(spelled.prefix(40)) is not a number", at: start)
        }
        return QueryToken(kind: .number(value, spelled), offset: start)
    }

    /// A quote inside is written twice.
    private static func text(_ characters: [Unicode.Scalar], _ place: inout Int) throws(QueryFailure) -> QueryToken {
        let start = place
        let quote = characters[place]
        var content: [Unicode.Scalar] = []
        place += 1
        while place < characters.count {
            if characters[place] == quote {
                place += 1
                guard place < characters.count, characters[place] == quote else {
                    return QueryToken(kind: .text(string(content[...])), offset: start)
                }
            }
            // SQLite's functions take NUL for the end of a text.
            guard characters[place] != "\0" else { throw QueryFailure("a text holds a NUL", at: place) }
            content.append(characters[place])
            place += 1
        }
        throw QueryFailure("a text has no end", at: start, hint: "Close it with another \(quote).")
    }

    private static func sign(_ characters: [Unicode.Scalar], _ place: inout Int) throws(QueryFailure) -> QueryToken {
        let start = place
        let two = string(characters[place..<min(place + 2, characters.count)])
        if ["<=", ">=", "<>", "!=", "=="].contains(two) {
            place += 2
            return QueryToken(kind: .sign(two), offset: start)
        }
        let one = string(characters[place...place])
        guard ["=", "<", ">", "(", ")", ",", "+", "-", "*", "/"].contains(one) else {
            throw QueryFailure(
                "\(one.debugDescription) means nothing here", at: start,
                hint: one == ";" ? "One question at a time." : "Signs are = != < <= > >= + - * / ( ) and the comma.")
        }
        place += 1
        return QueryToken(kind: .sign(one), offset: start)
    }
}
