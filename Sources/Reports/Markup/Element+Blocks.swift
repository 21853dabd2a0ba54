import Recipes

// Blocks that several parts of a page are made of.
extension Element {
    static func paragraph(_ text: String, _ style: String? = nil) -> Element { Element("p", ["class": style], text) }

    /// - Parameter columns: those of numbers are named with a `#` before them.
    static func table(_ columns: [String], _ rows: [[String]], caption: String) -> Element {
        let isNumber = columns.map { $0.hasPrefix("#") }
        let heads = columns.enumerated().map { index, name in
            Element(
                "th", ["scope": "col", "class": isNumber[index] ? "number" : nil],
                isNumber[index] ? String(name.dropFirst()) : name)
        }
        let lines = rows.map { row in
            Element(
                "tr", [:],
                row.enumerated().map { index, words in
                    index == 0
                        ? Element("th", ["scope": "row"], words)
                        : Element(
                            "td",
                            ["class": isNumber.indices.contains(index) && isNumber[index] ? "number" : nil], words)
                })
        }
        let table = Element(
            "table", [:],
            [
                Element("caption", [:], caption), Element("thead", [:], [Element("tr", [:], heads)]),
                Element("tbody", [:], lines),
            ])
        // A wide table scrolls by itself, by keyboard as well.
        return Element(
            "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption], [table])
    }

    /// Terms and what is said of each; those without words are left out.
    static func terms(_ pairs: [(String, [Element])]) -> Element {
        Element(
            "dl", [:],
            pairs.filter { !$0.1.isEmpty }.map { name, words in
                Element("div", [:], [Element("dt", [:], name), Element("dd", [:], words)])
            })
    }

    static func details(_ summary: String, _ elements: [Element]) -> Element {
        Element("details", [:], [Element("summary", [:], summary)] + elements)
    }

    /// A picture with its caption below.
    /// - Parameter isStrip: whether a map is drawn as low as it can be read.
    static func figure(_ picture: Picture, of check: String?, isStrip: Bool = false) -> Element {
        let caption = Element(
            "figcaption", [:],
            (check.map { [Element("span", ["class": "id"], $0), .words(" ")] } ?? []) + [.words(picture.caption)])
        if let chart = picture.chart {
            return Element(
                "figure", [:], [ChartDrawing(chart, title: picture.caption, isStrip: isStrip).element, caption])
        }
        guard let png = picture.png, !png.isEmpty, png.utf8.allSatisfy(Element.isBase64) else {
            return Element("figure", [:], [.paragraph("There are no pixels of it.", "sub"), caption])
        }
        return Element(
            "figure", [:],
            [Element("img", ["src": "data:image/png;base64,\(png)", "alt": picture.caption]), caption])
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
