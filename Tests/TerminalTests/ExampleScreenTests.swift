import Recipes
import Terminal
import Testing

/// Examples on a terminal: pixels as characters, bars, and marks below questions.
@Suite struct ExampleScreenTests {
    private func image(_ rows: [[UInt8]]) throws -> PixelImage {
        try #require(PixelImage(height: rows.count, width: rows[0].count, channels: 1, bytes: rows.flatMap { $0 }))
    }

    @Test func halfBlocksInColour() throws {
        let lines = HalfBlocks.lines(
            [try image([[0, 255], [255, 255], [7, 7]])], width: 80, palette: Palette(colours: true, unicode: true))
        #expect(
            lines == [
                "\u{1b}[38;2;0;0;0;48;2;255;255;255m▀\u{1b}[38;2;255;255;255;48;2;255;255;255m▀\u{1b}[0m",
                "\u{1b}[38;2;7;7;7m▀▀\u{1b}[0m",
            ])
    }

    @Test func withoutColours() throws {
        let lines = HalfBlocks.lines([try image([[0, 255, 0], [0, 255, 0]])], width: 80, palette: .bare)
        #expect(lines == [" @"])
    }

    @Test func besideEachOther() throws {
        let tile = try image([[255, 255, 255], [255, 255, 255]])
        // Two of three columns and a gap fit into seven columns, three do not.
        let lines = HalfBlocks.lines([tile, tile, tile], width: 7, palette: .bare)
        #expect(lines == ["@@@ @@@", "", "@@@"])
        #expect(HalfBlocks.lines([tile], width: 1, palette: .bare) == ["@@@"])
        #expect(HalfBlocks.lines([], width: 80, palette: .bare).isEmpty)
    }

    @Test func narrowing() throws {
        let wide = try image([[0, 100, 200, 40], [0, 100, 200, 40]])
        #expect(wide.narrowed(to: 2) == (try image([[50, 120]])))
        #expect(wide.narrowed(to: 4) == wide && wide.narrowed(to: 0) == wide)
        #expect(PixelImage(height: 2, width: 2, channels: 1, bytes: [1, 2, 3]) == nil)
        #expect(PixelImage(height: 1, width: 1, channels: 2, bytes: [1, 2]) == nil)
    }

    @Test func bars() {
        let histogram = ExampleHistogram(
            column: "label", unit: nil,
            bins: [
                ExampleBin(value: "cat", count: 8), ExampleBin(value: "\u{1b}[2J", count: 4),
                ExampleBin(value: "no", count: 0),
            ], missing: 2, others: 12_345)
        #expect(
            ExampleScreens.bars(histogram, width: 30, palette: .bare) == [
                "cat      8  ##################", "\\x1b[2J  4  #########", "no       0", "12 345 with other values",
                "2 without a value",
            ])
    }

    @Test func marks() {
        #expect(ExampleScreens.marked("ink > x", offset: 6, width: nil) == ["    ink > x", "          ^"])
        #expect(ExampleScreens.marked("é > x", offset: 99, width: 80) == ["    é > x", "         ^"])
        let long = ExampleScreens.marked(String(repeating: "a", count: 5_000), offset: 2_500, width: 80)
        #expect(long.allSatisfy { $0.columns <= 80 } && long[1].hasSuffix("^"))
    }

    @Test func graphics() {
        #expect(GraphicsProtocol(environment: ["TERM": "xterm-256color"]) == nil)
        #expect(GraphicsProtocol(environment: ["TERM": "xterm-kitty"]) == .kitty)
        #expect(GraphicsProtocol(environment: ["TERM": "xterm-kitty", "TMUX": "1"]) == nil)
        #expect(GraphicsProtocol(environment: ["TERM_PROGRAM": "iTerm.app"]) == .iterm)
        let long = GraphicsProtocol.kitty.sequence(png: String(repeating: "A", count: 5_000))
        #expect(long.hasPrefix("\u{1b}_Gf=100,a=T,m=1;A") && long.contains("\u{1b}\\\u{1b}_Gm=0;A"))
    }
}
