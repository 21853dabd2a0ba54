import Recipes
import Testing

/// Questions about examples: what they mean, and where they are wrong.
@Suite struct ExampleQueryTests {
    static let columns = [
        QueryColumn("split", .text), QueryColumn("label", .digits), QueryColumn("ink", .number),
        QueryColumn("loss", .number), QueryColumn("name", .text),
    ]

    private func read(_ text: String) throws -> ExampleQuery { try ExampleQuery(text, columns: Self.columns) }

    @Test func aWholeQuestion() throws {
        let query = try read("label = 7 and ink > 0.3 order by loss desc, name limit 20")
        #expect(
            query
                == ExampleQuery(
                    filter: .all([
                        .compared(.equal, .column(1), .text("7")), .compared(.greater, .column(2), .number(0.3)),
                    ]), order: [.init(.column(3), isDescending: true), .init(.column(4))], limit: 20))
        #expect(try read("") == ExampleQuery())
        #expect(try read("LIMIT 3").limit == 3)
        #expect(try read("where INK > 1").filter == .compared(.greater, .column(2), .number(1)))
    }

    /// What is drawn is what is printed: the limit of a call takes the place of the question's own.
    @Test func anotherLimit() throws {
        for (question, expected) in [
            ("", " limit 9"), ("limit 20", " limit 9"), ("name = 'limit 3'", "name = 'limit 3' limit 9"),
            ("ink > 1 order by loss desc LIMIT 20 ", "ink > 1 order by loss desc  limit 9"),
            ("limit = 3", "limit = 3 limit 9"), ("name = 'é' limit 2", "name = 'é'  limit 9"),
            ("name = 'no end", "name = 'no end"),
        ] {
            #expect(ExampleQuery.limited(question, to: 9) == expected)
        }
        #expect(try read(ExampleQuery.limited("label = 7 order by ink limit 20", to: 9)).limit == 9)
    }

    @Test func bindingStrength() throws {
        let query = try read("not ink = 1 or ink < 2 + 3 * loss and loss is not null")
        #expect(
            query.filter
                == .any([
                    .not(.compared(.equal, .column(2), .number(1))),
                    .all([
                        .compared(
                            .less, .column(2),
                            .calculated(.plus, .number(2), .calculated(.times, .number(3), .column(3)))),
                        .not(.isNull(.column(3))),
                    ]),
                ]))
        #expect(
            try read("ink - 1 - 2 > 0").filter
                == .compared(
                    .greater,
                    .calculated(.minus, .calculated(.minus, .column(2), .number(1)), .number(2)), .number(0)))
    }

    @Test func listsRangesAndPatterns() throws {
        #expect(try read("label in (1, '2')").filter == .isOneOf(.column(1), [.text("1"), .text("2")]))
        #expect(try read("ink not in (1)").filter == .not(.isOneOf(.column(2), [.number(1)])))
        #expect(try read("ink between 1 and -2").filter == .isBetween(.column(2), .number(1), .negated(.number(2))))
        #expect(try read("name not like '%it''s_'").filter == .not(.isLike(.column(4), "%it's_")))
        #expect(try read(#"name = "a""b""#).filter == .compared(.equal, .column(4), .text("a\"b")))
    }

    /// `label` holds text, and what is meant are numbers.
    @Test func classesThatAreNumbers() throws {
        #expect(try read("label > 3").filter == .compared(.greater, .numeric(1), .number(3)))
        #expect(try read("label between 3 and 5").filter == .isBetween(.numeric(1), .number(3), .number(5)))
        #expect(try read("label = -1").filter == .compared(.equal, .column(1), .text("-1")))
        #expect(
            try read("label + 1 = 3").filter
                == .compared(.equal, .calculated(.plus, .numeric(1), .number(1)), .number(3)))
        #expect(try read("order by label").order == [.init(.numeric(1))])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        /// What the message or the hint says.
        var says: String
        var offset: Int
        var testDescription: String { text.prefix(60).description }

        init(_ text: String, _ says: String, at offset: Int) {
            self.text = text
            self.says = says
            self.offset = offset
        }
    }

    static let faults = [
        Fault("label = 7 and inc > 0.3", "did you mean ink?", at: 14),
        Fault("brightness > 1", "There are split, label, ink", at: 0),
        Fault("name = cat", "quotes: 'cat'", at: 7),
        Fault("ink > 'a'", "number is compared with text", at: 6),
        Fault("name > 3 + 1", "number is compared with text", at: 7),
        Fault("name > 3", "number is compared with text", at: 7),
        Fault("name + 1 > 3", "calculated with text", at: 0),
        Fault("ink like 'a'", "looks into text", at: 0),
        Fault("ink", "a condition is missing", at: 0),
        Fault("(ink > 1) > 2", "a value is missing", at: 0),
        Fault("ink > 1 > 2", "do not chain", at: 8),
        Fault("ink > (1", "opened at character 7", at: 8),
        Fault("ink > 1)", "No parenthesis is open", at: 7),
        Fault("ink > ", "the end", at: 6),
        Fault("ink >", "the end", at: 5),
        Fault("and ink > 1", "'and'", at: 0),
        Fault("ink > 1 limit x", "whole number", at: 14),
        Fault("ink > 1 limit 1.5", "whole number", at: 14),
        Fault("ink > 1 limit -1", "whole number", at: 14),
        Fault("order loss", "'by'", at: 6),
        Fault("order by ink > 1", "does not fit", at: 13),
        Fault("order by (ink > 1)", "not by a condition", at: 9),
        Fault("ink between 1", "'and'", at: 13),
        Fault("ink in 1", "parentheses", at: 7),
        Fault("ink in (1", "')'", at: 9),
        Fault("ink in ()", "a column, a number", at: 8),
        Fault("ink is 3", "'null'", at: 7),
        Fault("ink not 3", "'in', 'between' or 'like'", at: 8),
        Fault("name = 'a", "no end", at: 7),
        Fault("name = 'a' 'b'", "does not fit", at: 11),
        Fault("ink > 1x", "ends in a letter", at: 7),
        Fault("ink > 1e999", "not a number", at: 6),
        Fault("ink > 1; drop table example", "One question", at: 7),
        Fault("ink > 1 -- x", "There are split", at: 11),
        Fault("ink > $1", "means nothing", at: 6),
        Fault("name = 'a\0b'", "NUL", at: 9),
        Fault("ink > 1 \u{202e}", "means nothing", at: 8),
        Fault("ink > 1 union select 1", "does not fit", at: 8),
    ]

    @Test(arguments: faults) func faultsSayWhere(_ fault: Fault) throws {
        let failure = try #require(throws: QueryFailure.self) { try read(fault.text) }
        #expect(failure.offset == fault.offset, "\(failure)")
        let said = failure.message + " " + (failure.hint ?? "")
        #expect(said.contains(fault.says), "\(said)")
        #expect(QueryFailure.offset(of: failure.finding) == fault.offset)
    }

    /// Quotes make a text of what a file calls a column.
    @Test func columnsThatTheirFileCallsOtherwise() throws {
        let columns = Self.columns + [QueryColumn("gr____e__cm", .number), QueryColumn("x_7_b", .number)]
        for (text, name) in [
            ("\"größe, cm\" > 3", "gr____e__cm"), ("'größe, cm' = 3", "gr____e__cm"),
            ("3 < \"Größe, cm\"", "gr____e__cm"),
            ("\"größe, cm\" + 1 > 3", "gr____e__cm"), ("order by -\"größe, cm\"", "gr____e__cm"),
            ("\"7 b\" between 1 and 2", "x_7_b"), ("\"INK\" > 3", "ink"),
        ] {
            let failure = try #require(throws: QueryFailure.self) { try ExampleQuery(text, columns: columns) }
            #expect(failure.hint?.contains("without quotes: did you mean \(name)?") == true, "\(text): \(failure)")
        }
        // Text that is no column's name, and names beside text.
        let plain = try #require(throws: QueryFailure.self) { try ExampleQuery("'cat' > 3", columns: columns) }
        #expect(plain.hint == "The left side holds text: quote the right one.")
        #expect(try ExampleQuery("name = 'größe, cm'", columns: columns).filter != nil)
        #expect(try ExampleQuery("ink = '7'", columns: columns + [QueryColumn("x_7", .number)]).filter != nil)
    }

    @Test func columnsOutsideOfQuestions() throws {
        let columns = Self.columns + [QueryColumn("gr____e__cm", .number)]
        #expect(try QueryColumn.place(of: "ink", among: columns) == 2)
        #expect(try QueryColumn.place(of: "INK", among: columns) == 2)
        for (name, words) in [
            ("inc", "did you mean ink?"), ("größe, cm", "did you mean gr____e__cm?"),
            ("brightness", "there is no column 'brightness'"), ("order", "there is no column 'order'"), ("", "''"),
        ] {
            let failure = try #require(throws: QueryFailure.self) { try QueryColumn.place(of: name, among: columns) }
            #expect(failure.message.contains(words), "\(failure)")
            #expect(QueryFailure.isColumn(failure.columnFinding) && !QueryFailure.isColumn(failure.finding))
            #expect(QueryFailure.offset(of: failure.columnFinding) == nil)
        }
    }

    /// What is too deep or too long is refused, not followed.
    @Test(arguments: ["(", "not ", "-", "1+", "ink>1 and ", "ink > (", "ink in (", "'", "((ink)+"])
    func depthsAndLengths(_ piece: String) {
        for count in [1, 100, 999, 10_000, 200_000 / piece.count] {
            #expect(throws: QueryFailure.self) { try read(String(repeating: piece, count: count)) }
        }
        let deep = String(repeating: "(", count: 10_000) + "ink > 1" + String(repeating: ")", count: 10_000)
        #expect(throws: QueryFailure.self) { try read(deep) }
    }

    @Test func depthThatIsAllowed() throws {
        let deep = String(repeating: "(", count: 60) + "ink > 1" + String(repeating: ")", count: 60)
        #expect(try read(deep).filter == .compared(.greater, .column(2), .number(1)))
    }

    /// None right of n is z²/(n + z²) above, all right n/(n + z²) below, by hand; 47 of 50 by Wilson's formula in Python.
    @Test(arguments: [
        (47, 50, 0.8378, 0.9794), (50, 50, 0.9286, 1.0), (0, 10, 0.0, 0.2775), (1, 1, 0.2065, 1.0),
    ])
    func wilson(_ right: Int, _ count: Int, _ low: Double, _ high: Double) {
        let score = QuizScore(right: right, count: count)
        #expect(abs(score.low - low) < 1e-4 && abs(score.high - high) < 1e-4, "\(score)")
    }
}
