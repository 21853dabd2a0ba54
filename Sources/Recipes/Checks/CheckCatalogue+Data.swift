extension CheckCatalogue {
    static let data: [CheckEntry] = [
        CheckEntry(
            "S1", .data, .cheap, "schema",
            hypothesis: "What was read is what was meant: shapes, finite numbers, one set of classes in all splits.",
            threshold:
                "Fails where an input is not finite, or a validation or test example has a class that no training example "
                + "has. Warns where one or two labels lie so far above all others that most classes have no example.",
            origin: "exact"),
        CheckEntry(
            "S4", .data, .cheap, "answer among the inputs",
            hypothesis: "No input alone is the target; no earlier character of a text is the next one.",
            threshold:
                "Fails where an input equals the target, or has one value for each class and another for each, in more than "
                + "99.9 % of at least 50 rows; in text, where the character at one fixed distance is the next one in more "
                + "than 99.9 % of at least 1,000 places, and where K32 fails. Warns where text is learned to less than half of a "
                + "bigram's loss within 600 updates.",
            origin: "exact, with room for one wrong row in a thousand"),
        CheckEntry(
            "D3", .data, .cheap, "distributions",
            hypothesis: "How labels, pixels, columns and characters are distributed is known.",
            threshold: "Judges nothing.", origin: "the recipe: look at the data"),
        CheckEntry(
            "D4", .data, .cheap, "order of the file",
            hypothesis: "The order in which training visits the examples says nothing of their targets.",
            threshold:
                "With `data.shuffle: false`: fails where neighbours in the file agree in their target more than half of the "
                + "way from chance to always; warns above a tenth of it (p < 1e-4), or where look-alikes lie 10 % nearer "
                + "than in 25 permutations, 8 deviations of them. With shuffling it passes. Drawn beside it, for a person: up to "
                + "2,000 examples in the plane of their first two principal components, by their targets.",
            origin: "cleanlab's index gap of 10 neighbours and 25 permutations; its p < 0.05 fires on clean files"),
        CheckEntry(
            "D5", .data, .cheap, "duplicates",
            hypothesis: "No example is there twice: not in two splits, not with two labels.",
            threshold:
                "Equal in every number. Fails where all examples are (of one grey: D6), for 3 or more rows with different labels, or 3 or more and over 0.1 % of the "
                + "other splits among the training examples; warns for fewer with different labels, for over 0.1 % across splits, for more than 5 % copies within training, and "
                + "for more than 1 % nearly equal images (distance below 0.13 of the usual one) across splits. Tables whose "
                + "rows hold few bits, and lines under 50 characters, are counted and not judged. Whole texts: warns above "
                + "5 % of the validation text in passages of 50 characters that training has, fails above 20 %.",
            origin: "deepchecks (5 %, 0 conflicting labels), cleanlab (0.13); text proposed"),
        CheckEntry(
            "D6", .data, .cheap, "empty examples",
            hypothesis: "Every example holds something.",
            threshold:
                "Images: warns where some are of one grey or have under 5 % of the usual contrast, fails at 0.5 % of one "
                + "grey with different labels; warns where fewer than 0.5 % of the files are of another size or shape than the "
                + "rest. Tables: warns where all values of a row are missing, fails at 0.5 %. Text: "
                + "warns above 0.1 % replacement and control characters.",
            origin:
                "exact; cleanvision's Q1 - 3 IQR to Q3 + 3 IQR for sizes, of their logarithms and twice beyond; its dark, light and low information are counted only: its low information fires on every "
                + "clean MNIST digit"),
        CheckEntry(
            "D7", .data, .cheap, "balance",
            hypothesis: "No class is so rare that the network learns to leave it out.",
            threshold:
                "Passes where the last bias begins at the classes' shares or the loss weighs them; else warns above 10 times "
                + "between the most frequent and the rarest, and fails above 100 times with an entropy below half of the "
                + "even one.",
            origin: "SageMaker Debugger (10), TheDeepChecker (0.5)"),
        CheckEntry(
            "D8", .data, .cheap, "nuisances",
            hypothesis: "What should say nothing of the class does not: row numbers, missing values, brightness.",
            threshold:
                "Warns where one column, or brightness or its like, is right in more than 95 % at p < 1e-4, where missing "
                + "values tell 10 points more than a guess, and where an input numbers the rows; fails where that number is "
                + "the answer.",
            origin:
                "deepchecks' feature and identifier checks; its ten points over the prior fire on clean MNIST, whose ones "
                + "have little ink"),
        CheckEntry(
            "D10", .data, .full, "local or global",
            hypothesis: "What shows the class is local, or it is the arrangement of the whole.",
            threshold: "Judges nothing: small networks on the middle of the images, and on images of shuffled patches.",
            origin: "the recipe; local where shuffling sixteen patches costs less than 5 points (proposed)"),
        CheckEntry(
            "D11", .data, .full, "variation",
            hypothesis:
                "It is known which shifts, turns, sizes and brightnesses cost a network that has not seen them.",
            threshold: "Judges nothing.", origin: "the recipe"),
        CheckEntry(
            "D12", .data, .full, "preprocessing",
            hypothesis: "Variation that says nothing of the class can be taken out beforehand.",
            threshold: "Suggests a change by which the nearest neighbour gains a point at one-sided 97.5 %.",
            origin: "the recipe; McNemar's test"),
        CheckEntry(
            "D13", .data, .full, "position",
            hypothesis: "Where in the image a feature is matters.",
            threshold: "Judges nothing: two convolutions with the places of their features, and with their mean.",
            origin: "the recipe; it matters from 2 points on (proposed)"),
        CheckEntry(
            "D14", .data, .full, "resolution",
            hypothesis: "The images have no more pixels than are needed.",
            threshold: "Suggests the smallest size within a standard error of the best.",
            origin: "the recipe; the one-standard-error rule of Breiman et al. 1984"),
        CheckEntry(
            "D15", .data, .full, "label noise",
            hypothesis: "Networks that have not seen a label agree with it.",
            threshold:
                "Warns where the suspected labels are 2 % more than clean data gives, and in the quarter where the networks are surest more "
                + "than 1 % are contradicted at p < 1e-4.",
            origin:
                "confident learning (Northcutt et al. 2021) with 4 folds; measured floor: 1.2 %, or a fifth of the error "
                + "beyond that where they are surest; it reads 1.4 % of MNIST, 4.9 % with 5 % wrong labels"),
        CheckEntry(
            "R5", .regularise, .full, "made data",
            hypothesis: "Examples that somebody made (`data.made`) cannot be told from real ones.",
            threshold:
                "The AUC of networks that learn to tell them, four folds, as many real as made ones of each class or eighth of "
                + "the targets (at most 2,000, and skipped below 50), inputs as normalised and not augmented. Warns where its 95 % interval lies above 0.95. Whether "
                + "they help is `simmer improve RECIPE --only made`: over whole runs of as many steps on the same seeds and real "
                + "validation examples the 95 % interval of the paired difference of losses excludes 0: better or worse.",
            origin: "the seed; 0.95: proposed; DeLong et al. 1988"),
        CheckEntry(
            "D20", .data, .cheap, "outliers",
            hypothesis: "On every axis the farthest examples belong to the rest.",
            threshold:
                "Warns where values lie 20 robust deviations away, behind a gap that the tail's own steepness makes with "
                + "p < 1e-4 over all axes; fails for single inputs beyond 1,000 deviations.",
            origin:
                "robust z of 8 and 20 (proposed) fire on clean columns with heavy tails; the gap is Hill's (1975) and "
                + "Rényi's (1953)"),
    ]
}
