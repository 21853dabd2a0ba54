import Testing

import Terminal

@Suite struct TextTests {
    @Test func controlsAreWrittenOut() {
        #expect("plain ünïcode".escaped() == "plain ünïcode")
        #expect("\u{1b}[31mred\u{7}".escaped() == "\\x1b[31mred\\x07")
        #expect("a\nb\tc".escaped() == "a\\nb\\tc")
        #expect("a\nb\tc\r".escaped(multiline: true) == "a\nb\tc\\x0d")
        #expect("\u{202E}evil\u{9B}".escaped() == "\\u{202e}evil\\x9b")
        #expect("\u{7F}\u{85}\u{2066}".escaped() == "\\x7f\\x85\\u{2066}")
    }

    @Test func everyControlIsHidden() {
        for value in Array(UInt32(0)..<0x20) + Array(UInt32(0x7F)..<0xA0) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let shown = String(Character(scalar)).escaped()
            #expect(
                shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }, "\(value) shows as \(shown)")
        }
    }

    @Test func widthCountsColumns() {
        #expect("abc".columns == 3)
        #expect("日本".columns == 4)
        #expect("e\u{301}".columns == 1)
        #expect("hello world".cut(to: 6) == "hello…")
        #expect("日本語".cut(to: 4) == "日…")
        #expect("ab".padded(to: 4, alignment: .right) == "  ab")
    }

    @Test(arguments: [
        (0, "0 µs"), (340_000, "340 ms"), (6_240_000, "6.2 s"), (42_000_000, "42 s"), (188_000_000, "3 min 8 s"),
        (180_000_000, "3 min"), (3_600_000_000, "1 h"), (11_520_000_000, "3 h 12 min"),
        (21 * 86_400_000_000 + 3 * 3_600_000_000, "21 d 3 h"), (-5, "0 µs"),
    ])
    func spansReadWell(_ microseconds: Int, _ text: String) {
        #expect(Span.text(microseconds) == text)
    }

    @Test func relativeTimesSaySide() {
        #expect(Span.relative(1_000_000, now: 181_000_000) == "3 min ago")
        #expect(Span.relative(181_000_000, now: 1_000_000) == "in 3 min")
        #expect(Span.relative(5, now: 6) == "just now")
    }

    @Test func spansParse() {
        #expect(Span.parse("90") == 90_000_000)
        #expect(Span.parse("1.5h") == 5_400_000_000)
        #expect(Span.parse("10 min") == 600_000_000)
        #expect(Span.parse("soon") == nil)
        #expect(Span.parse("5 fortnights") == nil)
        #expect(Span.parse("") == nil)
    }

    @Test func timesParse() throws {
        let now = Clock.now
        let time = try #require(Clock.parse("2026-03-02 08:14:05", now: now))
        #expect(Clock.second(time) == "2026-03-02 08:14:05")
        #expect(Clock.day(time) == "Mon 2026-03-02 08:14")
        #expect(Clock.parse("2026-03-02T08:14:05", now: now) == time)
        #expect(Clock.parse("-10min", now: now) == now - 600_000_000)
        #expect(Clock.parse("2026-13-02", now: now) == nil)
        #expect(Clock.parse("25:00", now: now) == nil)
        #expect(Clock.parse("yesterday", now: now) == nil)
        let early = try #require(Clock.parse("08:14", now: now))
        #expect(Clock.format(early, "%Y-%m-%d %H:%M") == Clock.format(now, "%Y-%m-%d") + " 08:14")
    }

    @Test func numbersReadWell() {
        #expect(Number.grouped(4_812_000) == "4 812 000")
        #expect(Number.grouped(9_999) == "9999")
        #expect(Number.grouped(-12_345) == "-12 345")
        #expect(Number.short(1.82314) == "1.823")
        #expect(Number.short(0.05) == "0.05000")
        #expect(Number.short(1.5e-7) == "1.5e-7")
        #expect(Number.short(.nan) == "nan")
        #expect(Number.plain(3e-4) == "0.0003")
        #expect(Number.plain(1e-5) == "1e-5")
        #expect(Number.plain(20) == "20")
        #expect(Number.percent(0.98765, digits: 2) == "98.77 %" || Number.percent(0.98765, digits: 2) == "98.76 %")
    }

    @Test func sizesReadWell() {
        #expect(Size.text(512) == "512 B")
        #expect(Size.text(1_536) == "1.50 KiB")
        #expect(Size.text(76_557_451_264) == "71.3 GiB")
        #expect(Size.text(1_048_575) == "1.00 MiB" || Size.text(1_048_575) == "1024 KiB")
    }

    @Test func barIsFullOnlyAtTheEnd() {
        let palette = Palette(colours: false, unicode: true)
        #expect(palette.bar(0.5, width: 12) == "▕█████░░░░░▏")
        #expect(palette.bar(0.9999, width: 12) == "▕█████████░▏")
        #expect(palette.bar(1, width: 12) == "▕██████████▏")
        #expect(palette.bar(.nan, width: 12) == "▕░░░░░░░░░░▏")
        #expect(Palette.bare.bar(0.5, width: 6) == "[##..]")
    }

    @Test func tablesAlignAndShrink() {
        let table = Table(
            [Column("ID", .right), Column("NAME", shrinks: true), Column("NOTE", optional: true)],
            rows: [["1", "short", ""], ["42", "a-name-that-is-far-too-long-for-it", ""]])
        #expect(table.lines() == ["ID  NAME", " 1  short", "42  a-name-that-is-far-too-long-for-it"])
        #expect(table.lines(header: false, width: 16) == [" 1  short", "42  a-name-that…"])
        #expect(Table([Column("ID")]).lines() == [])
        let wide = Table(
            [Column("A"), Column("B", yields: 1), Column("C", yields: 2), Column("D", shrinks: true)],
            rows: [["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddddddd"]])
        #expect(wide.lines(header: false, width: 42) == ["aaaaaaaa  bbbbbbbb  cccccccc  dddddddddddd"])
        #expect(wide.lines(header: false, width: 40) == ["aaaaaaaa  bbbbbbbb  cccccccc  ddddddddd…"])
        #expect(wide.lines(header: false, width: 30) == ["aaaaaaaa  bbbbbbbb  ddddddddd…"])
        #expect(wide.lines(header: false, width: 18) == ["aaaaaaaa  ddddddd…"])
    }

    /// Numbers stay whole, and so does what nobody said may be cut.
    @Test func titlesGiveWayBeforeALineIsBroken() {
        let table = Table(
            [Column("NAME", shrinks: true), Column("A LONG TITLE", .right), Column("WORD OF THE KIND")],
            rows: [["a-name-of-many-letters", "123456", "better"]])
        #expect(table.lines(width: 50)[1] == "a-name-of-many-le…        123456  better")
        #expect(table.lines(width: 32) == ["NAME      A LONG TI…  WORD OF T…", "a-name-…      123456  better"])
        #expect(table.lines(width: 24) == ["NAME      A LON…  WORD …", "a-name-…  123456  better"])
        #expect(table.lines(width: 10)[1] == "a-name-…  123456  better")
    }

    @Test func tablesEscapeAndColourOutsideTheBlanks() {
        let table = Table([Column("A"), Column("B")], rows: [[Cell("\u{1b}x", .bad), Cell("y")]])
        #expect(table.lines(header: false) == ["\\x1bx  y"])
        let lines = table.lines(header: true, palette: Palette(colours: true, unicode: true))
        #expect(lines[1] == "\u{1b}[31m\\x1bx\u{1b}[0m  y")
    }

    @Test func plotDrawsADiagonal() {
        let plot = Plot([Plot.Curve(title: "loss", x: [0, 1, 2], y: [0, 1, 2])])
        let lines = plot.lines(width: 20, height: 4, palette: Palette(colours: false, unicode: true))
        #expect(lines.count == 6)
        #expect(lines[0].hasPrefix("2.000 ┤"))
        #expect(lines[3].hasPrefix("    0 ┤⣀") || lines[3].hasPrefix("    0 ┤⡠") || lines[3].hasPrefix("    0 ┤⡠"))
        #expect(lines.last?.contains("loss") == true)
        let marked = Plot(plot.curves, marks: [Plot.Mark(x: 1, title: "rate = 1"), Plot.Mark(x: 9, title: "later")])
            .lines(width: 24, height: 4, palette: .bare)
        // Below the middle of the curve, above the scale; and said once more in words.
        #expect(
            marked[4].trimmingPrefix(while: { $0 == " " }).hasPrefix("^")
                && marked[4].firstIndex(of: "^")?.utf16Offset(in: marked[4]) == 15)
        #expect(marked.count == 8)
        #expect(marked[7].hasSuffix("^ rate = 1"), "\(marked)")
        #expect(Plot([]).lines(width: 20, height: 4, palette: .bare) == ["nothing to draw yet"])
        let flat = Plot([Plot.Curve(title: "a", x: [0, 1], y: [.nan, 3])])
        #expect(flat.lines(width: 30, height: 3, palette: .bare).count == 5)
    }

    /// The middle of a logarithmic axis from 1 to 100 is 10; what has no logarithm is left out.
    @Test func logarithmicPlots() {
        let curve = Plot.Curve(title: "loss", x: [1, 10, 100, 1000], y: [100, 10, 1, 0])
        let plot = Plot([curve], levels: [Plot.Mark(x: 10, title: "chance")], xIsLog: true, yIsLog: true)
        let lines = plot.lines(width: 31, height: 4, palette: .bare)
        #expect(lines[0].hasPrefix("100.0 |*"), "\(lines)")
        #expect(lines[2].hasPrefix("10.00 |") && lines[3].hasPrefix("1.000 |"), "\(lines)")
        // The level is there where the curve is not.
        #expect(lines[1...2].contains { $0.hasSuffix(".") }, "\(lines)")
        #expect(lines[4].hasSuffix("100") && lines[4].contains(" 1 "), "\(lines)")
        #expect(lines[5].contains("* loss   . chance 10.00"))
        let none = Plot([Plot.Curve(title: "a", x: [1], y: [-1])], levels: [Plot.Mark(x: 1, title: "b")], yIsLog: true)
        #expect(none.lines(width: 30, height: 3, palette: .bare) == ["nothing to draw yet"])
    }
}
