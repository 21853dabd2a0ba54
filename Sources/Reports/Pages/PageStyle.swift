/// How every page looks: light and dark by the reader's scheme, and on paper.
enum PageStyle {
    private static let light = """
        \(ChartStyle.light)--ground:#f4f5f7;--fail:#a3122a;--warn:#7a4b00;--skip:#4f5661;--pass:#17693b;--link:#1b55ad;
        """
    private static let dark = """
        \(ChartStyle.dark)--ground:#0f1115;--fail:#ff9aa6;--warn:#f0c060;--skip:#b6bdc8;--pass:#6fd79b;--link:#8fbcff;
        """

    static let sheet = """
        :root{\(light)color-scheme:light dark}
        @media screen and (prefers-color-scheme:dark){:root{\(dark)}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,\
        'DejaVu Sans',sans-serif;overflow-wrap:break-word}
        header,main,footer{overflow-wrap:anywhere;max-width:62rem;margin:0 auto;padding:0 1rem}
        header{padding-top:1.5rem}
        h1{font-size:1.9rem;line-height:1.2;margin:0}h2{font-size:1.35rem;margin:2.2rem 0 .6rem}
        h3{font-size:1.05rem;margin:0 0 .3rem}
        .sub,footer{color:var(--soft)}footer{padding-bottom:2rem;margin-top:2rem}
        a{color:var(--link)}
        nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:1rem 0 0}
        .summary{font-weight:600}
        .check,figure,.conditions{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;\
        padding:.8rem 1rem;margin:.7rem 0}
        .check{border-left-width:.4rem}
        .check.fail{border-left-color:var(--fail)}.check.warn{border-left-color:var(--warn)}
        .check.skip{border-left-color:var(--skip)}.check.pass{border-left-color:var(--pass)}
        .badge{display:inline-block;min-width:3.1rem;text-align:center;border:2px solid;border-radius:.3rem;\
        padding:0 .35rem;font-size:.8rem;text-transform:uppercase}
        .badge.fail{color:var(--fail)}.badge.warn{color:var(--warn)}.badge.skip{color:var(--skip)}
        .badge.pass{color:var(--pass)}
        .id{font-family:ui-monospace,'DejaVu Sans Mono',monospace}
        .finding{margin:.2rem 0 .5rem}
        .conditions{border:2px solid var(--warn)}.conditions h2{margin:0 0 .3rem;font-size:1.1rem}
        dl{margin:0;display:grid;gap:.15rem}dl div{display:grid;grid-template-columns:7.5rem minmax(0,1fr);gap:.6rem}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}dd ul{margin:0;padding-left:1.1rem}
        figure{overflow-x:auto}figure .check{border:0}
        figcaption{color:var(--soft);font-size:.92rem;margin-top:.4rem}
        figure svg{display:block;max-width:100%;height:auto;margin:0 auto}
        figure img{display:block;max-width:100%;height:auto;margin:0 auto;image-rendering:pixelated;background:#fff}
        .scroll{overflow-x:auto;margin:.8rem 0;overflow-wrap:break-word}
        table{border-collapse:collapse;width:100%;background:var(--paper);font-size:.94rem}
        caption{text-align:left;color:var(--soft);padding:.2rem 0;font-size:.92rem}
        th,td{border:1px solid var(--line);padding:.25rem .55rem;text-align:left;vertical-align:top}
        thead th{background:var(--ground)}tbody th{font-weight:500}
        .number{text-align:right;font-variant-numeric:tabular-nums}
        summary{cursor:pointer;padding:.4rem 0;font-weight:600}
        pre{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:.8rem;overflow-x:auto;\
        font:.86rem/1.45 ui-monospace,'DejaVu Sans Mono',monospace;white-space:pre}
        a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:0 1rem}
        .only-a{color:var(--c1)}.only-b{color:var(--c0)}
        @media (max-width:40rem){dl div{grid-template-columns:minmax(0,1fr);gap:0}}
        \(ChartStyle.shapes)\(ChartStyle.inkInTheDark)
        @media print{
        :root{color-scheme:light}body{background:#fff;font-size:10.5pt}nav{display:none}
        .check,figure,tr,.conditions{break-inside:avoid}h2,h3{break-after:avoid}
        header,main,footer{max-width:none;padding:0}
        details::details-content{content-visibility:visible;display:block;height:auto}summary{list-style:none}
        .scroll,figure,pre{overflow:visible}pre{white-space:pre-wrap}a{color:inherit;text-decoration:none}
        figure svg{max-height:11cm}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        }

        """
}
