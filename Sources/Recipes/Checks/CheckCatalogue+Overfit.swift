extension CheckCatalogue {
    static let overfit: [CheckEntry] = [
        CheckEntry(
            "O3", .overfit, .full, "low error is reached",
            hypothesis: "Some size of this model learns its training examples.",
            threshold:
                "width doubled up to three times until 1 % of 2,000 examples are wrong: pass: reached, or better at "
                + "the top; warn: flat for two doublings above 5 %",
            origin: "the seed; 1 % as there, the rest proposed")
    ]
}
