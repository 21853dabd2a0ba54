extension CheckCatalogue {
    static let overfit: [CheckEntry] = [
        CheckEntry(
            "O1", .overfit, .watch, "baselines",
            hypothesis: "There is something to hold the run against, and the checks beneath it are green.",
            threshold:
                "shown of a job: pass: K2, K10 and K20 were run and none warns or fails; else skip: it holds nothing "
                + "back, those checks do",
            origin: "the seed's trusted baselines"),
        CheckEntry(
            "O3", .overfit, .full, "low error is reached",
            hypothesis: "Some size of this model learns its training examples.",
            threshold:
                "width doubled up to three times until 1 % of 2,000 examples are wrong: pass: reached, or better at "
                + "the top; warn: flat for two doublings above 5 %",
            origin: "the seed; 1 % as there, the rest proposed"),
    ]
}
