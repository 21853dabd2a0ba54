import Recipes
import Terminal
import Testing

@Suite struct DataFileScreenTests {
    private let columns = [
        DataColumn(
            name: "length", dtype: "number", count: 12_345, missing: 2, distinct: nil, min: 1, max: 6, mean: 3,
            std: 1.5),
        DataColumn(name: "kind", dtype: "category", count: 12_347, missing: 0, distinct: 2),
    ]

    @Test func columnsInATable() {
        #expect(
            DataFileScreen.table(columns).lines() == [
                "COLUMN  TYPE       COUNT  MISSING    VALUES    MIN    MAX   MEAN    STD",
                "length  number    12 345        2  > 10 000  1.000  6.000  3.000  1.500",
                "kind    category  12 347                  2",
            ])
    }

    /// In the order of the columns, and the second of two with one name behind them.
    @Test func samplesInATable() {
        let rows: [JSONValue] = [
            .object(["kind": .string("a\u{1b}[2J"), "length": .double(1.5), "kind (column 3)": .int(7)]),
            .object(["kind": .string("b"), "length": .null, "kind (column 3)": .array([.int(1), .int(2)])]),
        ]
        let lines = DataFileScreen.samples(rows, columns: columns).lines()
        #expect(lines.count == 3 && lines[0].hasPrefix("length  kind"))
        #expect(lines[0].hasSuffix("kind (column 3)") && lines[2].hasSuffix("1 2"))
        #expect(!lines.joined().contains("\u{1b}"))
        #expect(DataFileScreen.samples([], columns: columns).lines().isEmpty)
    }

    @Test func titles() {
        func title(_ format: String, _ rows: Int?, _ shape: [Int]?) -> String {
            DataFileScreen.title("f", format: format, rows: rows, shape: shape, sizeBytes: 2_048).text
        }
        #expect(title("csv", 1, nil) == "f: csv, 1 row, 2.00 KiB")
        #expect(title("csv", nil, nil) == "f: csv, more rows than were read, 2.00 KiB")
        #expect(title("idx", 60_000, [28, 28]) == "f: idx, 60 000 rows of 28 x 28, 2.00 KiB")
        #expect(title("text", 2, nil) == "f: text, 2 lines, 2.00 KiB")
        #expect(title("png", 1, [2, 3, 1]) == "f: png, 2 x 3 x 1, 2.00 KiB")
    }
}
