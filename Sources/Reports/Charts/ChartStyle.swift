/// Colours of charts, once for drawings within a page and for files of their own. Text has a contrast of 4.5 at least,
/// curves of 3, on the grounds of both schemes.
enum ChartStyle {
    /// Light, and what a printer gets.
    static let light = """
        --paper:#ffffff;--ink:#16181d;--soft:#555c66;--line:#d5d9df;--axis:#6b727c;--level:#8a1c4a;--mark:#5c4300;\
        --cell:rgb(18,58,115);--c0:#1f5fbf;--c1:#b3460b;--c2:#1a7a45;--c3:#8a3fa8;--c4:#a8123e;--c5:#0f7482;\
        --c6:#6f5b00;--c7:#4f5661;
        """
    static let dark = """
        --paper:#16181d;--ink:#eef0f3;--soft:#aeb6c1;--line:#363b44;--axis:#8b94a1;--level:#ff9ec4;--mark:#f0cd6a;\
        --cell:rgb(156,196,255);--c0:#7db3ff;--c1:#ffa05c;--c2:#66d392;--c3:#d49bf0;--c4:#ff8aa5;--c5:#5fd0de;\
        --c6:#d9c45a;--c7:#c4c9d1;
        """

    /// Dashes by the curve's place: colours alone must not tell curves apart.
    private static let dashes = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 3", "9 2 2 2 2 2"]

    /// Rules of the shapes; the variables are set elsewhere.
    static let shapes: String = {
        var rules = """
            svg.chart text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:var(--ink)}
            .chart .tick,.chart .name{fill:var(--soft)}.chart .legend{fill:var(--ink)}
            svg .ground{fill:var(--paper)}
            .chart .grid{stroke:var(--line);stroke-width:1}.chart .faint{stroke-opacity:.5}
            .chart .axis{stroke:var(--axis);stroke-width:1}
            .chart .level{stroke:var(--level);stroke-width:1.2;stroke-dasharray:5 4}
            .chart .level-name{fill:var(--level)}.chart .plate{fill:var(--paper)}
            .chart .mark{stroke:var(--mark);stroke-width:1;stroke-dasharray:1 3}.chart .mark-name{fill:var(--mark)}
            .chart .curve{fill:none;stroke-width:1.7;stroke-linejoin:round}
            .chart .dot{stroke:var(--paper);stroke-width:.6}
            .chart .cell{fill:var(--cell);stroke:var(--line);stroke-width:.5}
            .chart .lk{fill:#000}.chart .lw{fill:#fff}

            """
        for index in 0..<ChartDrawing.styleCount {
            let dash = dashes[index % dashes.count]
            rules += ".chart .c\(index){stroke:var(--c\(index));stroke-dasharray:\(dash.isEmpty ? "none" : dash)}"
            rules += ".chart .f\(index){fill:var(--c\(index))}\n"
        }
        return rules
    }()

    /// Everything, for a file of its own.
    static let sheet = """
        svg{\(light)color-scheme:light dark}
        @media (prefers-color-scheme:dark){svg{\(dark)}}
        @media print{svg{\(light)}}
        \(shapes)\(inkInTheDark)
        """

    /// After the rules for the light scheme.
    static let inkInTheDark = """
        @media screen and (prefers-color-scheme:dark){.chart .dk{fill:#000}.chart .dw{fill:#fff}}

        """
}
