extension CheckCatalogue {
    /// On a checkpoint.
    static let trained: [CheckEntry] = [
        CheckEntry(
            "K3", .overfit, .trained, "losses and updates",
            hypothesis: "The losses of single examples, the gradients and the next update have sizes that make sense.",
            threshold: "shown, for a person to judge; passes wherever they are finite",
            origin: "Karpathy 2019: visualise losses"),
        CheckEntry(
            "K4", .overfit, .trained, "the whole validation split",
            hypothesis:
                "On all validation examples the network is better than the best answer that is always the same.",
            threshold:
                "fails where an answer is not finite; warns where the loss is not below that of the classes' shares by two "
                + "standard errors, of 50 answers or more",
            origin: "invariant; two standard errors of the paired difference"),
        CheckEntry(
            "D16", .data, .trained, "the worst errors",
            hypothesis: "Errors come from examples that are like training examples of another class.",
            threshold: "shown with the five training examples that each is most like, for a person to judge",
            origin: "Karpathy 2019: look at mispredictions and where they come from"),
        CheckEntry(
            "D17", .data, .trained, "answers that fit the data",
            hypothesis: "Each class gets as much probability as it has examples, and no two have changed places.",
            threshold:
                "warns at a distance of 0.05 in total variation, fails at 0.2, both only beyond 5 standard errors of a "
                + "class; fails where classes have changed places with p < 1e-4 and most examples of each",
            origin: "proposed; measured on clean networks"),
        CheckEntry(
            "R8", .regularise, .trained, "inputs that matter",
            hypothesis: "Every column is of use: with its values exchanged between examples the loss is higher.",
            threshold:
                "shown for a person to judge: the columns whose exchange, five times over, raises the loss by nothing beyond "
                + "two standard errors; up to 1,000 validation examples and 200 columns",
            origin: "Breiman 2001, permutation importance"),
        CheckEntry(
            "R14", .regularise, .trained, "early stopping",
            hypothesis: "The best checkpoint of the run is kept: to stop early is to choose it afterwards.",
            threshold:
                "pass: @best is there; says by how much and how many steps the last evaluation is behind it, and whether that is more than "
                + "the best of so many evaluations leads by chance: 2 + sqrt(2 ln n) times their scatter; warn: no measured one is "
                + "kept, or only one that is worse than the best evaluation by more than that",
            origin: "the seed; the scatter from second differences of the later half, the margin proposed"),
        CheckEntry(
            "K17", .skeleton, .trained, "a number that a person reads",
            hypothesis: "Accuracy, or the absolute error, gets better as the validation loss gets better.",
            threshold:
                "correlation over the run's evaluations, the larger of Pearson's and Spearman's: pass from 0.5 on; below, from 20 "
                + "evaluations on and where both move twice as far as they scatter: warn; fail: -0.5, and the changes from "
                + "each evaluation to the next go against each other as well, p < 1e-4; else skip",
            origin:
                "TheDeepChecker's 0.5; changes, since two curves that both drift are correlated by chance, and since a network that "
                + "gets too sure loses likelihood while it gains accuracy: proposed"),
        CheckEntry(
            "R16", .regularise, .trained, "filters of the first layer",
            hypothesis: "The first layer's filters are smooth: edges and strokes, not noise.",
            threshold: "shown with a score, 0 for noise and 1 for one colour, for a person to judge",
            origin: "Karpathy 2019; the score's bounds differ with size and padding, measured"),
        CheckEntry(
            "R17", .regularise, .trained, "activations",
            hypothesis: "No layer has most of its units silent, or at the end of their range.",
            threshold:
                "warns above 50 % of a layer's units, fails above 90 %; a unit is silent that is active on less than 1 % of "
                + "2,000 validation examples; layers of 16 units or more; up to 90 % behind a relu are judged by W5 where it has "
                + "looked",
            origin: "SageMaker Debugger's DeadRelu: 1 % and 50 %"),
    ]
}
