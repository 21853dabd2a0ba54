extension CheckCatalogue {
    static let skeleton: [CheckEntry] = [
        CheckEntry(
            "K2", .skeleton, .cheap, "dumb baselines",
            hypothesis: "There are models to beat.",
            threshold: "pass: constant, linear, nearest neighbour, tiny network, and for text pairs of characters are "
                + "measured",
            origin: "the seed"),
        CheckEntry(
            "K5", .skeleton, .cheap, "predictions",
            hypothesis: "A person can see what the network says.",
            threshold: "pass: 64 answers with probabilities, and the confusion of classes, are drawn",
            origin: "the seed"),
        CheckEntry(
            "K1", .skeleton, .cheap, "interrupted run",
            hypothesis: "Trained, evaluated, taken out and in again, a run goes on as if nothing had been.",
            threshold:
                "half of K7's updates, an evaluation, the state into another network, the evaluation again, the other "
                + "half: pass: answers, losses, weights, moments and statistics bit-equal to the run without it; else fail",
            origin: "exact"),
        CheckEntry(
            "K7", .skeleton, .cheap, "fixed seed",
            hypothesis: "Two runs of the same recipe end in the same bits.",
            threshold:
                "the first 20 to 100 updates: pass: weights, moments, statistics and losses bit-equal; else fail",
            origin: "exact"),
        CheckEntry(
            "K8", .skeleton, .cheap, "simplified",
            hypothesis: "All that stands between network and data can be turned off.",
            threshold: "pass: off, with a list of what; fail: something stays on",
            origin: "exact"),
        CheckEntry(
            "K10", .skeleton, .cheap, "significant digits",
            hypothesis: "A score is of the whole split, and known to enough digits.",
            threshold: "fail: batches of another size give another sum; warn: the accuracy's standard error is above 5 "
                + "points",
            origin: "exact; the 5 points proposed"),
        CheckEntry(
            "K12", .skeleton, .cheap, "loss at the start",
            hypothesis: "Before the first update the loss is that of an answer that knows nothing.",
            threshold: "with a head of zero the loss is its definition's within 1e-4, else fail; as drawn, by the best "
                + "constant's loss: pass up to 2.5; warn above; fail above 10 for classes",
            origin:
                "measured: 1.06 (1.15 at most) for uniform weights, 1.33 (1.81) for He's, 31.9 (20.7 at least) for raw "
                + "bytes. A loss below the constant's by chance is no leak: the same head with the other sign is as likely"
        ),
        CheckEntry(
            "K13", .skeleton, .cheap, "doubled batch",
            hypothesis: "The loss is a mean over examples.",
            threshold: "the same examples twice: loss and gradient within 5 %, else fail",
            origin: "exact, with room for batch normalisation's rounding"),
        CheckEntry(
            "K14", .skeleton, .cheap, "last bias",
            hypothesis: "The last bias begins at the targets' own.",
            threshold:
                "with `head: zero`: the bias's loss up to 1.1 times the best constant's passes; up to 2 warns; above "
                + "fails",
            origin: "the seed's mean of 50; limits proposed: balanced classes lose nothing by a zero"),
        CheckEntry(
            "K15", .skeleton, .cheap, "first probabilities",
            hypothesis: "At first a class is as likely as it is frequent.",
            threshold: "with a head of zero: within 5 points passes; else as K14",
            origin:
                "the seed's 1:10; its 1 point measured on drawn heads fails balanced data, hence with a head of zero"),
        CheckEntry(
            "K16", .skeleton, .cheap, "hockey stick",
            hypothesis: "The first updates learn more than the bias.",
            threshold: "with `head: zero`, the bias's share of the fall: pass up to 10 %; warn up to 50 %; fail above",
            origin: "measured: 21 updates to the prior's entropy at 1:10, none with the prior's bias"),
        CheckEntry(
            "K20", .skeleton, .cheap, "inputs say something",
            hypothesis: "A network that sees its inputs beats one that sees zeros, shuffled rows, or nothing.",
            threshold:
                "gain of 2 % of the constant's loss over all three with 97.5 % passes; surely less (p < 1e-4), after "
                + "a second and longer try, fails; else warns. Zeros below 98 % of the constant's loss (p < 1e-4) fail",
            origin: "the seed; measured on MNIST: zeros 2.3016, shuffled 2.333, real 0.327; paired z test"),
        CheckEntry(
            "K21", .skeleton, .cheap, "a few examples by heart",
            hypothesis: "Two examples, then sixteen, can be learned by heart.",
            threshold:
                "adam 3e-4, at most 1,000 updates, everything of K8 off, loss 0.01 above what identical inputs leave: "
                + "pass, also at three times the rate; warn: only at ten times the rate and twice the width, or a tenth of "
                + "the way is left; fail: two examples cannot be learned, or sixteen by a quarter only",
            origin:
                "the seed; measured: 21 to 422 updates for four networks on MNIST; a model without a hidden layer need "
                + "not hold sixteen"),
        CheckEntry(
            "K22", .overfit, .full, "lowest achievable loss",
            hypothesis: "With enough capacity the loss of a batch goes to what identical inputs leave.",
            threshold: "width doubled up to three times on 64 examples: pass within 0.05 of the floor; warn: above",
            origin: "the seed; 0.05 in at most 1,000 updates: proposed"),
        CheckEntry(
            "K23", .skeleton, .cheap, "answers meet labels",
            hypothesis: "What was learned by heart is said.",
            threshold: "pass: drawn side by side; skip: K21 learned nothing",
            origin: "the seed"),
        CheckEntry(
            "K25", .skeleton, .cheap, "capacity helps",
            hypothesis: "More units, a lower training loss.",
            threshold:
                "widths w, 2w, 4w, three seeds: pass unless it rises; warn: by 5 % of the constant's loss and t > 4.6; "
                + "fail: by 20 % and t > 13",
            origin:
                "measured: 4, 8, 16, 32 units: 0.906, 0.408, 0.254, 0.199; t of four degrees of freedom at p = 0.005 "
                + "and 1e-4"),
        CheckEntry(
            "K26", .skeleton, .cheap, "just before the network",
            hypothesis: "What goes into the network is what was meant.",
            threshold: "fail: not finite, or one number; warn: validation's mean 0.2 deviations off, or its deviation "
                + "outside 0.8 to 1.25, each at p < 1e-4 over 20 examples or more of both splits; raw inputs beyond 10",
            origin: "the seed; 0.2 of Sony's SMD, the ratio proposed; examples are counted, not numbers"),
        CheckEntry(
            "K27", .skeleton, .cheap, "decoded again",
            hypothesis: "Made back, the network's input is the file's example, and its label the file's.",
            threshold:
                "bytes equal, numbers to 1e-4; else warn within one step, fail beyond; text: every target follows",
            origin: "exact, with the rounding of single precision"),
        CheckEntry(
            "K28", .skeleton, .full, "prediction dynamics",
            hypothesis: "Answers to a fixed batch settle.",
            threshold: "pass: a strip over time is drawn, with how much answers move and change",
            origin: "the seed; a person judges"),
        CheckEntry(
            "K29", .skeleton, .full, "answers wiggle",
            hypothesis: "Late answers do not jump from one class to another.",
            threshold:
                "share of answers that change class between two looks at the end: pass up to a quarter; warn above",
            origin: "proposed; measured: below 5 % in the recipes that come with simmer"),
        CheckEntry(
            "K30", .skeleton, .full, "jitter against rate",
            hypothesis: "The jitter is that of a middling rate.",
            threshold: "pass: the movement at a tenth of the rate, at the rate and at ten times it is shown",
            origin: "measured: bands overlap, so that no limit holds alone"),
        CheckEntry(
            "K31", .skeleton, .cheap, "examples apart",
            hypothesis: "An example's answer depends on that example alone.",
            threshold: "all others changed: bit-equal, else fail; its own changed: another answer, else fail",
            origin: "exact, by finite changes in evaluation and, without batch normalisation, in training"),
        CheckEntry(
            "K32", .skeleton, .cheap, "no look ahead",
            hypothesis: "The answer at a place depends on what came before it.",
            threshold: "everything behind changed, at five places: bit-equal, else fail",
            origin: "exact"),
        CheckEntry(
            "K33", .skeleton, .cheap, "live parameters",
            hypothesis: "Every parameter gets a gradient.",
            threshold: "first ten updates: a whole matrix without any fails, a whole bias warns; single numbers pass",
            origin: "exact for whole tensors; constant pixels and rare tokens leave single numbers without one"),
    ]
}
