extension CheckCatalogue {
    /// What a person does, and no program can: `simmer data look` and `simmer data quiz` keep the results.
    static let looks: [CheckEntry] = [
        CheckEntry(
            "D1", .data, .full, "data first",
            hypothesis: "The work began with the data: their checks were run, and somebody has looked.",
            threshold:
                "shown of a job: pass: the cheap checks of the data were run, none fails, and `simmer data look` was used; else "
                + "skip: it holds nothing back, those checks do",
            origin: "the seed; data checks run, are shown and are told before those of the skeleton"),
        CheckEntry(
            "D2", .data, .full, "the data was looked at",
            hypothesis: "Somebody has seen a thousand examples or more, and can say what is in them.",
            threshold:
                "pass: 1,000 examples shown, or all of fewer, and a signed note; else skip: it holds nothing back",
            origin: "Karpathy 2019; the number is proposed"),
        CheckEntry(
            "D9", .data, .full, "how a person tells the classes apart",
            hypothesis: "A person who labels examples can say what they looked at.",
            threshold: "pass: remarks were written down", origin: "Karpathy 2019"),
        CheckEntry(
            "K18", .skeleton, .full, "human baseline",
            hypothesis: "It is known how many examples a person has right without seeing the label.",
            threshold: "pass: recorded, with Wilson's interval of 95 %",
            origin: "Karpathy 2019; Wilson 1927; drawn on the charts of accuracy"),
        CheckEntry(
            "K19", .skeleton, .full, "labelled twice",
            hypothesis: "It is known how far two labels of the same example agree.",
            threshold:
                "pass: 10 examples or more were labelled twice, by two people or by one at two times: the share that agrees, with "
                + "Wilson's interval, and Cohen's kappa with the same; else skip",
            origin: "Karpathy 2019; Cohen 1960; Wilson 1927; drawn on the charts of accuracy"),
    ]
}
