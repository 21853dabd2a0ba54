extension CheckCatalogue {
    static let premises: [CheckEntry] = [
        CheckEntry(
            "P1", .premises, .cheap, "hypothesis",
            hypothesis: "The run says what it expects.",
            threshold: "pass: `expect` is there, or the run is short; warn: a run without end, of 4 hours, or of 1e15 "
                + "multiply-adds has none",
            origin: "the seed's concrete hypotheses; a short run costs less than its hypothesis: proposed"),
        CheckEntry(
            "P2", .premises, .cheap, "one change at a time",
            hypothesis: "The recipe differs in a key or two from that of the last run of its name that ended well.",
            threshold: "Warns at 3 keys and more; skipped where there is no such run.",
            origin: "the seed; proposed"),
        CheckEntry(
            "G3", .premises, .full, "gradients",
            hypothesis: "The gradients of this very network are those of its loss.",
            threshold:
                "each tensor, along its own gradient: a central difference within 5 % passes, within 20 % warns, "
                + "else fails; skip where the difference is lost in rounding",
            origin: "TheDeepChecker's 1e-2 for double precision; measured for single precision, where the best of six "
                + "step sizes comes within 0.5 % on smooth networks and 4 % behind kinks (relu, pooling)"),
        CheckEntry(
            "G4", .premises, .full, "blocks on trial",
            hypothesis: "Batch normalisation and residual connections earn their place.",
            threshold:
                "pass: without the block no better; warn: better without it, p < 1e-4 and a quarter of the constant's "
                + "loss; dropout is shown, and judged by nobody so early",
            origin: "proposed; p of a paired z test on held-out examples"),
        CheckEntry(
            "G5", .premises, .cheap, "text beats counting",
            hypothesis: "A network of text beats counts of characters, and then of pairs.",
            threshold: "pass: below a unigram's loss; warn: not below it after 100 updates; fail: above it by 2 % with "
                + "p < 1e-4",
            origin: "unigram and bigram losses from the training text itself; the limits proposed"),
        CheckEntry(
            "S3", .premises, .full, "augmented labels",
            hypothesis: "What is augmented still is what its label says.",
            threshold:
                "each augmentation by itself, read by a network that has seen none: pass up to 20 points lost; warn "
                + "above; fail: a flip that keeps labels loses more than 20, or a class is taken for one other class more "
                + "often than for itself (p < 1e-4), as it was not before",
            origin:
                "the seed's flipped images; measured: shifts of 2 pixels cost a perceptron on MNIST up to 20 points "
                + "and are harmless"),
        CheckEntry(
            "S5", .premises, .cheap, "worst examples",
            hypothesis: "The examples of the largest losses pull as hard as their loss says.",
            threshold: "gradient of the answer by the loss's definition, 64 worst examples: pass 0.99 to 1.01; warn "
                + "outside; fail: any below 0.01",
            origin: "exact, with the rounding of single precision"),
        CheckEntry(
            "S6", .premises, .cheap, "pretrained weights",
            hypothesis: "First weights meet inputs normalised as those they were trained on.",
            threshold:
                "scale, mean and deviation as the weights' file says: pass where they are the same, or within 5 %; else "
                + "256 validation examples are answered with both: fail where these cost 5 % of the constant's loss at "
                + "p < 1e-4, else warn; weights without a last layer: fail beyond half a deviation or twice the width; "
                + "tokens: fail where one stands for another character; skip where the file says nothing",
            origin: "exact; the seed's original mean; the 5 % of simmer's recipe, the rest proposed; paired z test"),
        CheckEntry(
            "S7", .premises, .cheap, "strength of regularisation",
            hypothesis: "The decay does not drown the data.",
            threshold: "its pull by that of the data, each tensor, in the first updates: pass up to 1; warn above, or "
                + "dropout above 0.8, or smoothing above 0.5; fail above 10",
            origin: "proposed; measured: at most 0.1 in the recipes that come with simmer"),
        CheckEntry(
            "S8", .premises, .cheap, "learning rate",
            hypothesis: "The rate learns, and does not run away.",
            threshold:
                "fail: not finite or far above a tenth of the rate; or nothing learned and 10,000 times below the "
                + "rate that learns; warn: worse than a tenth of it by 5 % of the constant's loss; or 1,000 times below",
            origin:
                "a range test (Smith 2015, arXiv:1506.01186) and two short twins; limits proposed: adam's safe 3e-4 "
                + "lies 100 times below divergence and must pass"),
        CheckEntry(
            "S10", .premises, .full, "size of the model",
            hypothesis: "The model is large enough for its training examples.",
            threshold:
                "as O3; warn: at the recipe's own width 25 % more of the training examples are wrong than at a larger one, after "
                + "500 updates or more of which the last quarter took off less than a fifth of its loss",
            origin: "as O3; the rest proposed; measured: one unit 33 to 50 % more, 13 clean networks up to 4 %"),
        CheckEntry(
            "S11", .premises, .watch, "as good as before",
            hypothesis: "A run ends where earlier runs of the same model on the same data ended.",
            threshold: "warns at 4 deviations worse than 5 earlier runs or more, at equal examples seen",
            origin: "the recipe's 4 deviations; with fewer runs a deviation is not known"),
        CheckEntry(
            "R10", .premises, .full, "where the parameters are",
            hypothesis: "No single layer holds most of the network by accident.",
            threshold: "pass; says which layer holds more than half, and what pooling would save",
            origin: "the seed's smaller models; half: proposed, never judged"),
        CheckEntry(
            "R12", .premises, .full, "dropout's place",
            hypothesis: "Dropout stands where it helps.",
            threshold: "warn: element by element on images, before batch normalisation, or above 0.5",
            origin: "the seed; Li et al. 2018 (arXiv:1801.05134) for the variance shift; UMLAUT for 0.5"),
    ]
}
