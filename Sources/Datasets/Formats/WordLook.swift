/// What the words of a csv's column look like, where they were meant as numbers in another writing, or are dates.
enum WordLook: CaseIterable {
    case decimalComma, thousands, percent, currency, date

    /// - Parameter separator: of the file: where that is a comma, a comma in a number parts its thousands.
    init?(_ word: String, separator: UInt8) {
        guard let look = Self.repaired(word, separator)?.look else { return nil }
        self = look
    }

    /// What most of the words look like, and the first of those; nil for words that are just that.
    static func of(_ words: [String], separator: UInt8) -> (look: WordLook, example: String)? {
        let looks = words.map { WordLook($0, separator: separator) }
        for look in allCases where 2 * looks.count(where: { $0 == look }) > words.count {
            if let first = zip(words, looks).first(where: { $0.1 == look }) { return (look, first.0) }
        }
        // Numbers in several writings are not words either: the commonest stands for all.
        let known = zip(words, looks).compactMap { word, look in look.map { (word: word, look: $0) } }
        guard 2 * known.count > words.count, let first = known.first else { return nil }
        return (first.look, first.word)
    }

    var description: String {
        switch self {
        case .decimalComma: "numbers with a decimal comma"
        case .thousands: "numbers with separated thousands"
        case .percent: "numbers with a percent sign"
        case .currency: "numbers with a currency"
        case .date: "dates or times"
        }
    }

    /// What to do about a word like `example`.
    func hint(_ example: String, separator: UInt8) -> String {
        let number = Self.repaired(example, separator)?.number ?? example
        return switch self {
        case .decimalComma: "Write a decimal point, as in \(number): the column is one input then."
        case .thousands: "Write the digits together, as in \(number): the column is one input then."
        case .percent: "Leave out the percent sign, as in \(number): the column is one input then."
        case .currency: "Leave out the currency, as in \(number): the column is one input then."
        case .date:
            "Write a number, such as the days since the first of them, or month and weekday in columns of their own."
        }
    }

    private static let currencies = ["€", "$", "£", "¥", "₹", "EUR", "USD", "GBP", "CHF", "JPY"]

    private static func repaired(_ word: String, _ separator: UInt8) -> (look: WordLook, number: String)? {
        if isDate(word) { return (.date, word) }
        if word.hasSuffix("%"), let number = plain(String(word.dropLast()), separator) {
            return (.percent, number.text)
        }
        for sign in currencies {
            var rest = word
            if word.hasPrefix(sign) {
                rest.removeFirst(sign.count)
            } else if word.hasSuffix(sign) {
                rest.removeLast(sign.count)
            } else if word.hasPrefix("-" + sign) {
                rest = "-" + word.dropFirst(sign.count + 1)
            } else {
                continue
            }
            if let number = plain(rest, separator) { return (.currency, number.text) }
        }
        guard let number = plain(word, separator), let look = number.look else { return nil }
        return (look, number.text)
    }

    /// A number as Swift writes it; how it was written, where that was another way.
    private static func plain(_ text: String, _ separator: UInt8) -> (text: String, look: WordLook?)? {
        let text = text.filter { $0 != " " && $0 != "\u{a0}" && $0 != "\u{202f}" && $0 != "'" }
        guard text.first?.isNumber == true || text.first == "-" || text.first == "+",
            text.allSatisfy({ $0.isASCII && ($0.isNumber || ",.-+eE".contains($0)) })
        else { return nil }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts.count == 1 { return CSVFile.number(text).map { _ in (text, .thousands) } }
        let whole = parts[parts.count - 1].prefix { $0 != "." }
        let isGrouped =
            (1...3).contains(parts[0].filter(\.isNumber).count) && whole.count == 3
            && parts.dropFirst().dropLast().allSatisfy { $0.count == 3 }
        if isGrouped, parts.count > 2 || separator == UInt8(ascii: ",") || parts[1].contains(".") {
            let number = parts.joined()
            return CSVFile.number(number).map { _ in (number, .thousands) }
        }
        guard parts.count == 2, !parts[1].contains(".") else { return nil }
        let number = parts[0].filter { $0 != "." } + "." + parts[1]
        return CSVFile.number(number).map { _ in (number, .decimalComma) }
    }

    /// 2024-01-31, 2024/1/31, 31.1.2024, 1/31/2024, each with a time behind it or not; or a time alone.
    private static func isDate(_ word: String) -> Bool {
        guard let end = word.firstIndex(where: { $0 == "T" || $0 == " " }) else {
            return isDay(word[...]) || isTime(word[...])
        }
        return isDay(word[..<end]) && isTime(word[word.index(after: end)...])
    }

    private static func isDay(_ word: Substring) -> Bool {
        for separator in ["-", "/", "."] as [Character] {
            let parts = word.split(separator: separator, omittingEmptySubsequences: false)
            guard parts.count == 3, parts.allSatisfy(isDigits) else { continue }
            let counts = parts.map(\.count)
            if (1...2).contains(counts[1]),
                counts[0] == 4 && counts[2] <= 2 || counts[0] <= 2 && counts[2] == 4
            {
                return true
            }
        }
        return false
    }

    /// `09:30`, `09:30:15.5`, and whatever names its zone.
    private static func isTime(_ word: Substring) -> Bool {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count >= 2 && (1...2).contains(parts[0].count) && isDigits(parts[0])
            && isDigits(parts[1].prefix(2)) && parts[1].count >= 2
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
    }
}
