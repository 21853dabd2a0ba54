extension CheckCatalogue {
    static let watch: [CheckEntry] = [
        watcher(
            "W1", "finite numbers", "Loss, gradients and weights stay finite, in every update.",
            "fail where it comes again from the same checkpoint; warn where it does not",
            "exact; two runs of the same steps differ by the machine alone (Google, \"SDC every week or two\")"),
        watcher(
            "W2", "spikes of the loss", "The batch loss stays near what it was.",
            "spike: robust z of the log of the loss and 5 % of the first over 6 in a window of 200, from 100 updates on, at least 35 %; warn at 10 in 50 steps "
                + "with a mean over 100 that is a tenth of the first loss above the window's median, and where the mean over 100 is 1.5 times the best one's, and 2 % of the first loss above it, for 500 steps; fail where it is a tenth of the first loss above that",
            "measured: 0 alarms in 2,120 steps over 5 rates; rollback as in PaLM (arXiv:2204.02311)"),
        watcher(
            "W3", "sizes of updates", "Each matrix changes by a thousandth of its size in an update, within bounds.",
            "warn below 1e-5 or above 1e-1 in 5 samples in a row; fail where the rate is 0 with more than a tenth of the run "
                + "left, or every matrix is below 1e-7 with a twentieth of the loss left and a tenth of the rate",
            "[1e-4, 1e-1] TheDeepChecker, widened; clean runs 10^-3.7 to 10^-2.3 (measured); 1e-7 is a float's own step"
        ),
        watcher(
            "W4", "tensors that do not move", "Every tensor with a gradient changes from one evaluation to the next.",
            "fail where one is the same, bit for bit, over 3 evaluations with a gradient, a tenth of the rate and a twentieth of "
                + "the loss left",
            "exact; SageMaker Debugger, UnchangedTensor (3)"),
        watcher(
            "W5", "dead units", "Units behind a relu are active on some of 2,000 validation examples.",
            "unit: active on less than 1 %; fail above 90 % of a layer; warn above 50 % where fewer than 16 units are left, or the mean "
                + "training loss over 100, from 200 updates on, is above half of the first loss or a tenth of it above its best; at 2 "
                + "evaluations in a row",
            "SageMaker Debugger, DeadRelu (1 %, 50 %); clean runs up to 2.3 %, at a high rate up to 56 % of 64 units (measured)"
        ),
        watcher(
            "W6", "clipped gradients", "Clipping takes the outliers, not the gradients.",
            "sgd: warn above 50 % of 1,000 updates after the first 1,000; other optimisers divide by the size of gradients",
            "Google Tuning Playbook: clip at the 90th percentile, above 50 % is too much"),
        watcher(
            "W7", "validation and training apart", "Validation gets no worse while training gets better.",
            "warn where it is worse than at its best, paired, for 5 evaluations and 5 % of the run",
            "paired t-test, one-sided 2.5 %, repeated; proposed"),
        watcher(
            "W8", "the end of the curve", "The run is as long as it should be.",
            "report: best step in the first tenth is too long, in the last quarter and still falling is too short",
            "Google Tuning Playbook; Theil-Sen slope"),
        watcher(
            "W9", "speed", "Steps come, as fast as in the first hour.",
            "warn at 1.5 times the first hour's step time for an hour; fail where the worker is silent for `notify.silence`: it is "
                + "restarted once",
            "SageMaker Debugger, StalledTraining (1,800 s); proposed"),
        watcher(
            "W10", "training data", "The stored training data is what was stored, and an epoch has each example once.",
            "fail at any other byte, or at an example that is missing or comes twice", "exact"),
        watcher(
            "W11", "validation and test files", "The stored validation and test data is what was stored.",
            "fail at any other byte", "exact"),
        watcher(
            "W12", "checkpoints that answer", "A checkpoint that is read back gives the same answers, bit for bit.",
            "fail at any other bit", "exact"),
        watcher(
            "W13", "memory and arithmetic",
            "Weights stay what they are between two updates, and an update computed twice "
                + "is the same.",
            "fail at any other bit; every 1,000 steps",
            "exact; of single flipped bits only the highest of the exponent is seen in a loss (measured)"),
        watcher(
            "W14", "answers that are all the same", "Answers are distributed as the targets are.",
            "warn where the mean answer's entropy is below half of the targets'; fail where one class has 95 % of the answers "
                + "and less than 80 % of the targets; at 2 evaluations in a row",
            "proposed; an imbalanced set is its own measure"),
        watcher(
            "W15", "room on the disk", "Checkpoints can be stored.",
            "warn below 3 times the newest checkpoint, fail where one cannot be stored: the job waits", "proposed"),
        watcher(
            "W16", "the worker's memory", "The worker's memory and open files do not grow.",
            "warn at 1 % an hour over 6 hours (Theil-Sen), or 10 more open files", "proposed"),
        watcher(
            "W17", "classes that are lost", "No class is recognised worse than it was.",
            "warn where one of 100 examples or more, 80 % of which were recognised, is 10 points below its best, 4 standard errors and a "
                + "quarter nat of loss, at 3 evaluations in a "
                + "row", "proposed"),
        watcher(
            "W18", "training and evaluation mode", "Both modes measure much the same loss on the same examples.",
            "warn where evaluation is 1.5 times as high and a twentieth of the first loss worse, 3 times in a row",
            "TheDeepChecker (0.5), one-sided: dropout makes training mode worse, and is no fault"),
        watcher(
            "W19", "the best checkpoint again", "Measured again, the best checkpoint gives the same number.",
            "fail at any other bit; once a week", "exact"),
        CheckEntry(
            "W20", .watch, .cheap, "the learning rate over the run",
            hypothesis: "The rate is where it should be all along.",
            threshold:
                "warn where it is below 1 % of its peak before half of the run, a warmup takes more than a tenth, or it is 0 "
                + "before 99 %; fail where it is 0 before 90 %",
            origin: "Google Tuning Playbook (warmup); proposed"),
        watcher(
            "W21", "the system clock", "The clock does not jump.", "warn at more than an hour", "proposed"),
    ]

    private static func watcher(
        _ id: String, _ title: String, _ hypothesis: String, _ threshold: String, _ origin: String
    ) -> CheckEntry {
        CheckEntry(id, .watch, .watch, title, hypothesis: hypothesis, threshold: threshold, origin: origin)
    }
}
