import Recipes
import Testing

/// RFC 8259, and what a daemon must refuse beyond it.
@Suite struct StrictJSONTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null), (" true\n", .bool(true)), ("false", .bool(false)), ("0", .int(0)), ("-0", .int(0)),
        ("12", .int(12)), ("-9223372036854775808", .int(.min)), ("9223372036854775807", .int(.max)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("-1", .int(-1)),
        ("1.5", .double(1.5)), ("1e3", .double(1000)), ("1E+2", .double(100)), ("-2.5e-3", .double(-0.0025)),
        ("1e-999", .double(0)), ("\"\"", .string("")), ("\"a\\n\\t\\/\\\\\\\"\"", .string("a\n\t/\\\"")),
        ("\"\\u0041\"", .string("A")), ("\"\\uD83D\\uDE00\"", .string("😀")), ("\"é😀\"", .string("é😀")),
        ("\"\\u0000\"", .string("\u{0}")), ("[]", .array([])), ("[ 1 , 2 ]", .array([.int(1), .int(2)])),
        ("{}", .object([:])), ("{\"a\":{\"b\":[null]}}", .object(["a": .object(["b": .array([.null])])])),
        ("\"\u{7f}\"", .string("\u{7f}")),
    ]

    @Test(arguments: accepted) func accepts(_ text: String, _ value: JSONValue) throws {
        #expect(try StrictJSON.parse(text) == value)
    }

    static let refused: [String] = [
        "", " ", "nul", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10",
        "1e999", "-1e999", "'a'", "\"a", "\"\n\"", "\"\t\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\uD800\"",
        "\"\\uDC00\"", "\"\\uD800\\u0041\"", "\"\\uD800x\"", "\"\\", "[1,]", "[,1]", "[1 2]", "[1", "]", "{", "}",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}", "1 2", "{}{}", "// a\n1", "/* */1", "\u{FEFF}1", "1\u{0}", "\u{A0}1", "[1]x",
    ]

    @Test(arguments: refused) func refuses(_ text: String) {
        #expect(throws: StrictJSON.Failure.self) { try StrictJSON.parse(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22], [0xFF, 0xFE, 0x31, 0x00],
        ] as [[UInt8]]) func refusesWhatIsNotUTF8(_ bytes: [UInt8])
    {
        #expect(throws: StrictJSON.Failure.self) { try StrictJSON.parse(bytes) }
    }

    @Test func saysWhere() {
        #expect(throws: StrictJSON.Failure(message: "the key \"a\" appears twice in one object", offset: 7)) {
            try StrictJSON.parse("{\"a\":1,\"a\":2}")
        }
    }

    @Test func holdsItsLimits() throws {
        let limits = StrictJSON.Limits(bytes: 100, depth: 3, keys: 2)
        _ = try StrictJSON.parse("[[[]]]", limits: limits)
        _ = try StrictJSON.parse("[{\"a\":1,\"b\":2},{\"c\":3}]", limits: limits)
        _ = try StrictJSON.parse("[[],[],[],[],[]]", limits: limits)
        #expect(throws: StrictJSON.Failure.self) { try StrictJSON.parse("[[[[]]]]", limits: limits) }
        #expect(throws: StrictJSON.Failure.self) { try StrictJSON.parse("{\"a\":1,\"b\":2,\"c\":3}", limits: limits) }
        #expect(throws: StrictJSON.Failure.self) {
            try StrictJSON.parse(String(repeating: " ", count: 100) + "1", limits: limits)
        }
        let bomb = String(repeating: "[", count: 500_000)
        #expect(throws: StrictJSON.Failure.self) { try StrictJSON.parse(bomb) }
    }

    @Test(arguments: ["{\"a\":[1,2.5,\"x\\n\\u0001\"],\"b\":null}", "[]", "\"😀\"", "-3", "0.1"])
    func printsWhatItReads(_ text: String) throws {
        #expect(try StrictJSON.parse(text).canonicalText == text)
    }
}
