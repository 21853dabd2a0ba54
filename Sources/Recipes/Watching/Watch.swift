/// What follows from what the watchers of a run find, by the recipe's `watch`.
public struct Watch: Codable, Sendable, Equatable {
    public enum Action: String, Codable, Sendable, CaseIterable {
        /// Nothing is measured or told.
        case off
        /// A line in the job's log.
        case log
        /// A result, and an event where a verdict gets worse.
        case warn
        /// As warn; a fail has the job stand still until a person says otherwise.
        case pause
        /// As warn; a fail ends the job with its reason.
        case stop
        /// A silent worker is killed, once, and the job goes on from its newest checkpoint; then as pause.
        case restart
        /// Back to the newest good checkpoint, and on without the guilty examples.
        case rollback
    }

    /// Those that the recipe names.
    public var actions: [String: Action] = [:]
    /// Rollbacks that happen by themselves before the job stands still.
    public var rollbacks = 3
    /// Updates' worth of examples that are left out: the order of examples is that many updates ahead.
    public var skip = 0

    public init() {}

    /// What a watcher's findings lead to; `off` for an id that is none.
    public func action(_ id: String) -> Action { actions[id] ?? Self.rule(id)?.initial ?? .off }

    /// What may be chosen for one watcher.
    public struct Rule: Sendable, Equatable {
        public var id: String
        public var initial: Action
        public var choices: [Action]
        /// For the manual.
        public var help: String
    }

    public static func rule(_ id: String) -> Rule? { rules.first { $0.id == id } }

    /// Every watcher whose action can be chosen, in the order of the ids.
    public static let rules: [Rule] = [
        Rule(
            id: "W1", initial: .stop, choices: [.stop, .rollback],
            help:
                "A loss, gradient or weight that is not finite. The update is computed again at once; where that comes "
                + "out the same, the steps since the newest checkpoint are. Where it does not come again, the machine is "
                + "suspected and the run goes on; where it does, stop fails the job with the guilty examples named, and "
                + "rollback goes back and leaves those examples out."),
        Rule(
            id: "W2", initial: .warn, choices: [.off, .log, .warn, .rollback],
            help:
                "A batch loss far above what it was: single ones are logged, many warned of. rollback: where it stays up "
                + "for 500 steps, back to a checkpoint from before, without some 200 batches (as PaLM was trained, "
                + "arXiv:2204.02311)."),
        ordinary(
            "W3",
            "Weights that change far too little or too much in an update: a fail where the rate is 0, or none changes by "
                + "a ten-millionth. Has the histograms of gradients and updates measured, which `simmer report` shows."),
        ordinary(
            "W4", "A tensor that stays what it was, bit for bit, though it has a gradient.", initial: .pause),
        ordinary("W5", "Units behind a relu that are never active."),
        ordinary("W6", "Clipping that shortens most gradients."),
        ordinary("W7", "A validation loss that gets worse while the training loss gets better."),
        ordinary("W8", "How the validation loss moved in the last quarter of the run, and where the best step lies."),
        Rule(
            id: "W9", initial: .restart, choices: [.off, .log, .warn, .pause, .restart],
            help:
                "A worker that is silent for `notify.silence`, or slower than the job was in its first hour. restart: a "
                + "silent worker is killed and the job goes on from its last checkpoint, once; the next time, and with "
                + "pause at once, it is killed and the job is paused. Otherwise it is left as it is, as is one that a "
                + "debugger holds."),
        ordinary(
            "W10", "Training data that is not what was stored, or an epoch that has not every example once.",
            initial: .pause, choices: [.pause, .stop]),
        ordinary(
            "W11", "Validation or test data that is not what was stored.", initial: .pause, choices: [.pause, .stop]),
        ordinary("W12", "A checkpoint that answers otherwise, when it is read back, than when it was taken."),
        Rule(
            id: "W13", initial: .rollback, choices: [.off, .warn, .pause, .rollback],
            help: "Weights that change between two updates, or an update that is another when it is computed again: "
                + "memory or processor. Looked at every 1,000 steps."),
        ordinary("W14", "Answers that are nearly always the same, against how the targets are distributed."),
        ordinary("W16", "Memory or open files of the worker that grow for hours."),
        ordinary("W17", "A class that is recognised worse than before."),
        ordinary("W18", "A loss that differs between training mode and evaluation mode."),
        ordinary("W19", "A best checkpoint that measures otherwise than it did."),
        ordinary("W20", "A learning rate that is next to nothing where it should not be."),
        ordinary("W21", "A system clock that jumps by more than an hour."),
    ]

    private static func ordinary(
        _ id: String, _ help: String, initial: Action = .warn, choices: [Action] = [.off, .log, .warn, .pause]
    ) -> Rule {
        Rule(id: id, initial: initial, choices: choices, help: help)
    }
}
