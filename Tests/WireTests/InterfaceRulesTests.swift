import Testing
import Wire

/// What parsers in use accept and refuse, found by probing them; each bad text breaks one rule.
@Suite struct InterfaceRulesTests {
    private static let good = [
        "interface io.simmer",
        "interface io.simmer\n",
        "# words\ninterface a.b\n# more\ntype T (a: int)\n",
        "interface a.b\ntype E (one, two)\n",
        "interface a.b\ntype T (\n  # above a field\n  a: ?[]string,\n  # after a comma\n  b: [string]int\n)\n",
        "interface a.b\nmethod M() -> ()\n",
        "interface a.b\nmethod M(a: (x: int, y: ?bool), e: ?(one, two)) -> (o: object)\n",
        "interface a.b\nerror E()\nerror F(a: float)\n",
        "interface a.b\ntype T (u: U)\ntype U (a: []T)\n",
        "interface com.example-1.v2\nmethod M(a_b: int) -> (c1: ?[string]float)\n",
    ]

    @Test(arguments: good) func goodTextsPass(text: String) {
        #expect(InterfaceRules.violations(in: text) == [])
    }

    private static let bad: [(text: String, says: String)] = [
        ("interface a.b\ntype E (one)\n", "two values"),
        ("interface a.b\ntype T ()\n", "empty struct"),
        ("interface a.b\nmethod M(a: ()) -> ()\n", "empty struct"),
        ("interface a.b\ntype T (a: [string]())\n", "empty struct"),
        ("interface a.b\ntype T (a: [][]int)\n", "array or map within"),
        ("interface a.b\ntype T (a: [string][]int)\n", "array or map within"),
        ("interface a.b\ntype T (a: [][string]int)\n", "array or map within"),
        ("interface a.b\ntype T (a: []?int)\n", "no optional within"),
        ("interface a.b\ntype T (a: [string]?int)\n", "no optional within"),
        ("interface a.b\ntype T (a: ??int)\n", "optional of an optional"),
        ("interface a.b\ntype T (a: int,)\n", "no comma before"),
        ("interface a.b\ntype E (one, two,)\n", "no comma before"),
        ("interface a.b\ntype T (a: int # last\n)\n", "comment stands above"),
        ("interface a.b\ntype T (a: int\n# before the end\n)\n", "comment stands above"),
        ("interface a.b\nmethod M() -> # here\n()\n", "comment stands above"),
        ("interface a.b\nmethod M(\n# nothing\n) -> ()\n", "comment stands above"),
        ("interface a.b\nerror E\n", "an error has parentheses"),
        ("interface a.b\ntype T (a: int)\nerror E T\n", "an error has parentheses"),
        ("interface a.b\nerror E (one, two)\n", "named, typed fields"),
        ("interface a.b\ntype T (a: int)\ntype T (b: int)\n", "declared twice"),
        ("interface a.b\ntype T (a: int)\nerror T()\n", "declared twice"),
        ("interface a.b\ntype T (a: int, a: int)\n", "stands twice"),
        ("interface a.b\ntype T (a: Unknown)\n", "not declared"),
        ("interface a.b\r\ntype T (a: int)\r\n", "LF"),
        ("interface simmer\n", "no interface name"),
        ("interface a1.b\n", "no interface name"),
        ("interface a..b\n", "no interface name"),
        ("interface a.b-\n", "no interface name"),
        ("interface a.b\ntype t (a: int)\n", "no name of a member"),
        ("interface a.b\ntype T (a__b: int)\n", "no field name"),
        ("interface a.b\ntype T (a_: int)\n", "no field name"),
        ("interface a.b\ntype T (1a: int)\n", "no field name"),
        ("interface a.b\ntype E (One, two)\n", "lower case"),
        ("interface a.b\ntype T (a: any)\n", "'any'"),
        ("interface a.b\ntype T (a: [int]string)\n", "keys are strings"),
        ("interface a.b\ntype T (a: integer)\n", "no type"),
        ("interface a.b\ntype T int\n", "in parentheses"),
        ("interface a.b\nmethod M()\n", "'->' is missing"),
        ("interface a.b\nmethod M(a) -> ()\n", "named, typed fields"),
        ("interface a.b\nconstant C (a: int)\n", "is no member"),
        ("interface a.b\ntype T (a: int, two)\n", "not both"),
        ("interface a.b\ntype T (a: int);\n", "no place"),
        ("type T (a: int)\n", "begins with 'interface'"),
        ("interface a.b\ntype T (a: int\n", "')' is missing"),
        ("", "'interface' is missing"),
    ]

    @Test(arguments: bad.indices) func badTextsAreNamed(index: Int) {
        let (text, says) = Self.bad[index]
        let found = InterfaceRules.violations(in: text)
        #expect(found.contains { $0.rule.contains(says) }, "\(text) -> \(found)")
    }

    @Test func violationsHaveTheirLine() {
        let found = InterfaceRules.violations(in: "interface a.b\n\ntype T (\n  a: int,\n  b: Missing\n)\n")
        #expect(found.map(\.line) == [5])
    }

    @Test func ourOwnTextsObeyTheRules() {
        #expect(InterfaceRules.violations(in: Interface.description) == [])
        #expect(InterfaceRules.violations(in: Interface.standardDescription) == [])
    }
}
