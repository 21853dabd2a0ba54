extension CheckCatalogue {
    /// What `simmer improve` measures. It proposes, and holds nothing back.
    static let improve: [CheckEntry] = [
        CheckEntry(
            "O4", .overfit, .improve, "do not be a hero",
            hypothesis: "The recipe's model is better than the plainest one for its kind of data.",
            threshold:
                "against a preset: linear, mlp, lenet or resnet20 for images, linear or mlp for columns, char-mlp, char-lstm or "
                + "char-gpt for text, the largest at up to four times the work; over whole runs of as many steps the 95 % interval "
                + "of the paired difference of validation losses excludes 0: better or worse; a model that is a preset's already "
                + "is not compared",
            origin: "the seed: copy the simplest architecture of the nearest paper; four times: proposed"),
        CheckEntry(
            "O5", .overfit, .improve, "Adam first",
            hypothesis: "Adam at 3e-4 does no worse than the recipe's own optimiser.",
            threshold: paired, origin: "the seed"),
        CheckEntry(
            "O6", .overfit, .improve, "SGD last",
            hypothesis: "Well tuned SGD with momentum is a little better for convolutions.",
            threshold:
                "\(paired); six rates drawn log-uniformly from 0.001 to 1, the best of them; only where no other change "
                + "is expected to help, or the last round of the recipe found none",
            origin: "the seed; the range proposed"),
        CheckEntry(
            "O8", .overfit, .improve, "one signal at a time",
            hypothesis: "Each group of a table's columns adds something to those before it.",
            threshold:
                "the loss over a quarter of the steps, with the columns so far and the others at their means: better or "
                + "worse where the interval excludes 0, at 95 % for all groups together, both seeds agree, and "
                + "it is 1 % of the loss without any column or more",
            origin: "the seed; Bonferroni's correction; two seeds since one network each may differ by its first "
                + "weights; measured: noise behind a column that says it all gains 0.03 %"),
        CheckEntry(
            "R1", .regularise, .improve, "more data",
            hypothesis: "Twice the data takes something off the validation loss.",
            threshold:
                "reported: a + b n^-c through 1/8, 1/4, 1/2 and all of the training examples, three seeds each, or as "
                + "many as the budget has room for; its interval is that of seeds and drawn examples",
            origin: "the seed; power laws as in Hestness et al. 2017 (arXiv:1712.00409)"),
        CheckEntry(
            "R2", .regularise, .improve, "data before tricks",
            hypothesis: "A trick brings more than more data would.",
            threshold:
                "says so first where twice the data is predicted to bring more than the best change that was found, and "
                + "the whole interval of the prediction lies below the present loss",
            origin: "the seed"),
        CheckEntry(
            "R3", .squeeze, .improve, "ensembles level off",
            hypothesis: "Five networks are better than three.", threshold: "as Q1", origin: "the seed"),
        CheckEntry(
            "R4", .regularise, .improve, "augmentation",
            hypothesis: "Images that are moved a little teach more.", threshold: paired, origin: "the seed"),
        CheckEntry(
            "R6", .regularise, .improve, "pretraining",
            hypothesis: "First weights of `model.from` are better than drawn ones.",
            threshold: "\(paired): a twin from scratch", origin: "the seed"),
        CheckEntry(
            "R9", .regularise, .improve, "smaller images",
            hypothesis: "Images of half or a quarter of the size do as well.",
            threshold:
                "\(paired); what makes an update cheaper is marked where it is no worse beyond chance over a quarter of "
                + "the steps",
            origin: "the seed; as D14, with the recipe's own network"),
        CheckEntry(
            "R11", .regularise, .improve, "smaller batches",
            hypothesis: "With batch normalisation half the batch regularises.", threshold: paired, origin: "the seed"),
        CheckEntry(
            "R13", .regularise, .improve, "weight decay",
            hypothesis: "More weight decay regularises.", threshold: paired, origin: "the seed"),
        CheckEntry(
            "R15", .regularise, .improve, "a larger model, stopped early",
            hypothesis: "Twice the units are better, each network at its own best step.", threshold: paired,
            origin: "the seed"),
        CheckEntry(
            "T1", .tune, .improve, "room to tune in",
            hypothesis: "The best values lie within the box that trials are drawn from.",
            threshold: "says so where the best lies within 5 % of an edge and the ranks of the losses fall towards it "
                + "(p < 0.005), or where no trial is finite",
            origin:
                "the seed, Google's tuning playbook; the slope since one of ten numbers that do not matter has its best "
                + "there by chance"),
        CheckEntry(
            "T2", .tune, .improve, "random over grid",
            hypothesis: "Every trial tells something new of every number.",
            threshold:
                "shifted Halton points on logarithmic axes; there is no grid. The best third goes on from a ninth of the "
                + "steps to a third, and of those the best third to the end; then the best is held against the recipe as it "
                + "is: \(paired)",
            origin: "the seed; Bergstra and Bengio 2012; Jamieson and Talwalkar 2016 (arXiv:1502.07943)"),
        CheckEntry(
            "T3", .tune, .improve, "some numbers matter more",
            hypothesis: "It is known which of the numbers matter.",
            threshold:
                "reported from 16 trials on: the share of the variance of ranks that four bins explain, less what chance "
                + "would (omega squared)",
            origin: "the seed; a first-order functional ANOVA (Hutter et al. 2014) by bins"),
        CheckEntry(
            "C1", .tune, .improve, "foretold",
            hypothesis: "What is expected of a change, or of a run by `expect`, comes true.",
            threshold:
                "reported: how many expectations lie in the interval of what came, and how many of a recipe's own came "
                + "true, with Wilson's interval",
            origin: "the seed; Wilson 1927"),
        CheckEntry(
            "Q1", .squeeze, .improve, "ensemble",
            hypothesis: "The mean answer of 2, 3 and 5 networks is right more often than one of them.",
            threshold:
                "the relative error, and its 95 % interval over the validation answers for the three sizes together; "
                + "proposes the largest that still gained",
            origin:
                "the seed; errors and not likelihoods, since an ensemble is calibrated otherwise (Ashukha et al. 2020, "
                + "arXiv:2002.06470)"),
    ]

    private static let paired =
        "expected: a quarter of the steps; better or worse: over whole runs the 95 % interval of the paired difference of "
        + "validation losses excludes 0"
}
