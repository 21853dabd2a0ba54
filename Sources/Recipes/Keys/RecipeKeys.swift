extension Recipe: Keyed {
    /// Every default; what a recipe must say itself is empty here.
    static var draft: Recipe {
        Recipe(name: "", data: DataSource(format: .idx), model: Model(layers: []), optimizer: Optimizer())
    }

    static let keys = Table<Recipe>(
        keys: headKeys + dataKeys + modelKeys + learningKeys + runKeys + WatchKeys.keys
            + NotifyKeys.keys(\.notify, .forks, ofRecipe: true),
        shortForms: [
            "loss": "loss.kind", "optimizer": "optimizer.kind", "clip": "clip.gradient_norm",
            "evaluate": "evaluate.every", "checkpoint": "checkpoint.every", "average": "average.ema",
            "average.lawa": "average.lawa.every", "average.swa": "average.swa.from", "harvest": "harvest.every",
            "stop": "stop.patience",
        ],
        later: laterKeys,
        aliases: ["rate": "optimizer.rate", "clip": "clip.gradient_norm", "evaluate": "evaluate.every"],
        noun: "recipe")

    /// Keys that are meant for a later version: said clearly, never ignored.
    private static let laterKeys = [
        "data.copy": "data used in place", "data.window": "text windows",
        "batch_growth": "growing batches",
        "space": "tuning", "trials": "tuning",
        "labels": "labels of jobs", "checks.skip": "skipping checks",
        "optimizer.groups": "parameter groups",
    ]

    private static let headKeys: [Key<Recipe>] = [
        .custom(
            "recipe", "whole number", .frozen, required: true, "The version of the recipe's format: 1."
        ) { yaml, place, _, problems in
            guard let version = yaml.integer(in: 1...Int.max, at: place, &problems), version != 1 else { return }
            problems.add(
                "recipe.version", "`recipe` is \(version); this version of simmer reads version 1.", at: place,
                line: yaml.line)
        },
        .custom(
            "name", "text", .forks, required: true,
            "What the job is called: a letter or digit, then at most 63 letters, digits, `.`, `_` and `-`."
        ) { yaml, place, root, problems in
            guard let name = yaml.text(at: place, &problems) else { return }
            guard isValidName(name) else {
                problems.add(
                    "value.name", "`name` is \(yaml.kindName), which cannot name a job.", at: place, line: yaml.line,
                    hint: "Begin with a letter or digit; then at most 63 letters, digits, `.`, `_` and `-`.")
                return
            }
            root.name = name
        },
        .custom(
            "kind", "one of train, distill, ensemble", initial: "train", .frozen,
            "What the job does. distill trains a network on the answers of `teachers` as well as on the labels. ensemble "
                + "trains `members` networks that differ in their chance alone, each as a job of its own, and measures "
                + "in the end what they are worth together."
        ) { yaml, place, root, problems in
            let kinds = [JobKind.train, .distill, .ensemble]
            let later = JobKind.allCases.filter { !kinds.contains($0) && $0 != .squeeze }.map(\.rawValue)
            guard let word = yaml.choice(of: kinds.map(\.rawValue), later: later, at: place, &problems),
                let kind = JobKind(rawValue: word)
            else { return }
            root.kind = kind
        },
        .custom(
            "teachers", "list of checkpoints", initial: "[]", .frozen,
            "distill: checkpoints whose answers the network learns, `[big@best, other@best]`; of several the mean of their "
                + "probabilities. A job's name alone is its best checkpoint, an ensemble's its members' best. The names are "
                + "bound, and the weights copied, when the job is submitted; those of jobs that it waits for when it starts. "
                + "Teachers must have the same inputs, normalised alike, and the same classes."
        ) { yaml, place, root, problems in
            if let teachers = yaml.teachers(at: place, &problems) { root.teachers = teachers }
        },
        .number(
            "temperature", \.temperature, 0.1...1_000, .forks,
            "distill: what the logits of teachers and student are divided by before their softmax: the hotter, the more "
                + "the classes that a teacher thinks unlikely count. Small students want 2 to 5, large ones up to 20."),
        .number(
            "hard_weight", \.hardWeight, 0...1, .forks,
            "distill: the labels' part of the loss; the rest is `temperature`² times the divergence from the teachers' "
                + "answers (Hinton, Vinyals and Dean 2015, arXiv:1503.02531). What is measured on validation and test "
                + "data is the plain loss."),
        .choice(
            "targets", \.targets, .frozen,
            "distill: when teachers are asked. live: in every step, about the batch as it has been augmented. cached: once, "
                + "before the first step; their logits lie beside the job's data then (4 bytes a class, example and "
                + "teacher, at most 512 MiB), and a step costs no more than one without teachers. Only for data that "
                + "nothing augments."),
        .integer(
            "members", \.members, 1...TeacherRecord.most, .frozen, initial: "none",
            "ensemble: how many networks. Each has a seed of its own, made from `seed` and its number: first values, order, "
                + "dropout and augmentation differ, and the data is split alike. `none`, laid over the recipe of an "
                + "ensemble with `kind: train`, is one of its members."),
        .choice(
            "combine", \.combine, .frozen,
            "ensemble: how the members' answers become one: the mean of their probabilities, of their logits (numbers: of "
                + "their predictions, with either), or the class that most of them name."),
        .boolean(
            "greedy", \.greedy, .frozen,
            "ensemble: whether its report adds in each round the member that leaves the validation split's loss lowest, "
                + "instead of going by their order."),
        .custom(
            "seed", "whole number", initial: "0", .frozen,
            "The one source of chance: initial values, the order of examples, dropout, splits. 0 or more."
        ) { yaml, place, root, problems in
            if let seed = yaml.integer(in: 0...Int.max, at: place, &problems) { root.seed = UInt64(seed) }
        },
        .custom(
            "expect", "mapping", initial: "none", .frozen,
            "The hypothesis: `{metric: validation.accuracy, above: 0.98}` or with `below`. `@best` goes by its metric."
        ) { yaml, place, root, problems in
            if case .scalar("none", true) = yaml.content { return }
            root.expect = ExpectationDraft.read(yaml, place, &problems) ?? root.expect
        },
    ]

    private static let learningKeys: [Key<Recipe>] = [
        .custom(
            "loss.kind", "one of cross-entropy, binary-cross-entropy, mse, mae, huber", initial: "by the target",
            .forks,
            "What is minimised. Classes are learned by cross-entropy; numbers by mse (mean squared error), mae (mean "
                + "absolute error) or huber (between the two). binary-cross-entropy is for two classes, which are then "
                + "one output (the log odds of the second), and for numbers from 0 to 1: labels of which several may "
                + "hold, one output each."
        ) { yaml, place, root, problems in
            guard let word = yaml.choice(of: Loss.Kind.allCases.map(\.rawValue), at: place, &problems),
                let kind = Loss.Kind(rawValue: word)
            else { return }
            if root.loss == nil { root.loss = Loss(kind: kind) } else { root.loss?.kind = kind }
        },
        .custom(
            "loss.label_smoothing", "number", initial: "0", .forks,
            "cross-entropy: the part of each target that is spread over all classes evenly, 0 to 0.9. While training "
                + "only: what is measured on validation and test data is the plain loss."
        ) { yaml, place, root, problems in
            guard let part = yaml.number(in: 0...0.9, at: place, &problems) else { return }
            if root.loss == nil { root.loss = Loss(kind: .crossEntropy) }
            root.loss?.smoothing = part
        },
        .custom(
            "loss.class_weights", "list of numbers", initial: "[]", .forks,
            "cross-entropy: a factor for each class in its order, 0.000001 to 1000000; a batch's loss is divided by the "
                + "sum of its examples' factors. While training only, as above."
        ) { yaml, place, root, problems in
            guard let weights = yaml.numbers(in: 1e-6...1e6, count: 0...65_536, at: place, &problems) else { return }
            if root.loss == nil { root.loss = Loss(kind: .crossEntropy) }
            root.loss?.classWeights = weights
        },
        .custom(
            "loss.positive_weight", "number or list of numbers", initial: "1", .forks,
            "binary-cross-entropy: a factor on what a positive target adds to the loss, 0.000001 to 1000000; one for all "
                + "outputs, or one for each. Negatives divided by positives balances them. While training only."
        ) { yaml, place, root, problems in
            let weights: [Double]
            if case .sequence = yaml.content {
                guard let list = yaml.numbers(in: 1e-6...1e6, count: 1...65_536, at: place, &problems) else { return }
                weights = list
            } else {
                guard let one = yaml.number(in: 1e-6...1e6, at: place, &problems) else { return }
                weights = [one]
            }
            if root.loss == nil { root.loss = Loss(kind: .binaryCrossEntropy) }
            root.loss?.positiveWeights = weights
        },
        .custom(
            "loss.delta", "number", initial: "1", .forks,
            "huber: the error up to which it is quadratic, beyond which it is linear."
        ) { yaml, place, root, problems in
            guard let delta = yaml.number(in: 1e-6...1e6, at: place, &problems) else { return }
            if root.loss == nil { root.loss = Loss(kind: .huber) }
            root.loss?.delta = delta
        },
        .choice(
            "optimizer.kind", \.optimizer.kind, later: ["lion", "lbfgs"], .forks,
            "How gradients become steps. schedule-free-adamw (Defazio et al. 2024, arXiv:2405.15682) needs no decay of "
                + "the rate, and so no end to be known: hold it, perhaps after a warmup; what is measured and kept is "
                + "an average of the steps."),
        .number(
            "optimizer.rate", \.optimizer.rate, 1e-12...100, .hot,
            "The learning rate, which the schedule's factor multiplies."),
        .number(
            "optimizer.momentum", \.optimizer.momentum, 0...0.9999, .forks,
            "sgd, rmsprop: the part of the last step kept."),
        .boolean("optimizer.nesterov", \.optimizer.nesterov, .forks, "sgd: Nesterov's form of momentum."),
        .number("optimizer.alpha", \.optimizer.alpha, 0...0.999_999_9, .forks, "rmsprop: decay of the mean square."),
        .numbers(
            "optimizer.betas", \.optimizer.betas, 0...0.999_999_9, count: 2...2, .forks,
            "adam, adamw: decays of the two moments. schedule-free-adamw: the average's share in the point whose "
                + "gradient is taken (for very long runs 0.95 or more), and the decay of the mean square."),
        .number(
            "optimizer.epsilon", \.optimizer.epsilon, 1e-16...1, .forks,
            "adam, adamw, schedule-free-adamw, rmsprop, adagrad: added to the root that a step is divided by."),
        .number(
            "optimizer.decay", \.optimizer.decay, 0...10, .forks,
            "Weight decay, added to the gradient; adamw and schedule-free-adamw take it off the weights instead, "
                + "multiplied by the rate."
        ),
        .number(
            "clip.gradient_norm", \.clip.gradientNorm, 1e-12...1e12, .hot,
            "The largest norm of all gradients together; larger ones are scaled down to it."),
        .number(
            "clip.value", \.clip.value, 1e-12...1e12, .hot,
            "The largest absolute value of each gradient, after the norm's limit."),
        .integer(
            "batch", \.batch, 1...65_536, .forks,
            "Examples computed together; of one step, unless `accumulate` says more. An epoch's last batch may be short."
        ),
        .integer(
            "accumulate", \.accumulate, 1...1_024, .forks,
            "Batches of one step: their gradients are added before the weights change, so that a step learns from `batch` "
                + "× `accumulate` examples in the memory that one batch takes. The same examples as a batch of that "
                + "size would take; only batchnorm sees each batch by itself."),
        .choice(
            "precision", \.precision, .forks,
            "What products of matrices take their operands as: those of linear layers, attention, lstm and gru, in "
                + "training and wherever the job's network is measured or asked. bfloat16 rounds them to 8 significant "
                + "bits when they are multiplied: up to twice as fast with AVX512-BF16, which the processor must have, and "
                + "several times as fast where it has AMX-BF16 too. Sums, convolutions, weights, gradients, the "
                + "optimiser's state and checkpoints stay float32."),
        .custom(
            "schedule", "list of segments", initial: "[hold: forever]", .forks,
            "Segments of the learning rate's factor, one after another; see SCHEDULE."
        ) { yaml, place, root, problems in
            if let schedule = SegmentKeys.read(yaml, place, &problems) { root.schedule = schedule }
        },
    ]

    private static let runKeys: [Key<Recipe>] = [
        .custom(
            "until", "amount", initial: "forever", .hot,
            "Where the run ends, counted from its very start: steps, epochs, a time, or `forever`. "
                + "Also `{steps: 20000}`, `{epochs: 10}`, `{hours: 8}`."
        ) { yaml, place, root, problems in
            if let amount = UntilKeys.read(yaml, place, &problems) { root.until = amount }
        },
        .amount(
            "evaluate.every", \.evaluate, [.steps, .epochs, .share, .forever], .hot,
            "How often the validation data is measured; `forever` is at the end only."),
        .amount(
            "checkpoint.every", \.checkpoint.every, [.steps, .epochs, .time, .share, .forever], .hot,
            "How often a checkpoint is taken; `forever` is at the end, on stop and on demand only."),
        .integer("checkpoint.keep.last", \.checkpoint.keep.last, 1...100_000, .hot, "Newest checkpoints kept."),
        .integer("checkpoint.keep.best", \.checkpoint.keep.best, 0...100_000, .hot, "Best checkpoints kept."),
        .integer("checkpoint.keep.hourly", \.checkpoint.keep.hourly, 0...100_000, .hot, "Hours with one kept."),
        .integer("checkpoint.keep.daily", \.checkpoint.keep.daily, 0...100_000, .hot, "Days with one kept."),
        .integer("checkpoint.keep.weekly", \.checkpoint.keep.weekly, 0...100_000, .hot, "Weeks with one kept."),
        .custom(
            "average.ema", "list of at most 4 numbers", initial: "[]", .forks,
            "Decays of exponential moving averages of the weights, each 0.5 to 0.999999, kept beside the weights as "
                + "`ema-0.999`. Every average is measured beside the weights, `validation.loss@ema-0.999`, and can be "
                + "exported, evaluated, asked, and named wherever a checkpoint is: `JOB@best/ema-0.999`."
        ) { yaml, place, root, problems in
            guard let decays = yaml.numbers(in: 0.5...0.999_999, count: 0...4, at: place, &problems) else { return }
            guard Set(decays).count == decays.count else {
                yaml.outOfRange("decays that differ", at: place, &problems)
                return
            }
            root.averages.ema = decays
        },
        .integer(
            "average.lawa.every", \.averages.lawa.every, 1...1_000_000_000, .forks, initial: "none",
            "Keeps the plain mean of the newest weights of each so many steps (Kaddour 2022, arXiv:2209.14981), as "
                + "`lawa-500x5` for `{every: 500, last: 5}`."),
        .integer(
            "average.lawa.last", \.averages.lawa.last, 2...64, .forks,
            "How many of them. A checkpoint holds each and their mean: for five twice what weights and moments of adam take."
        ),
        .custom(
            "average.swa.from", "amount", initial: "none", .forks,
            "Keeps the plain mean of the weights from here on (Izmailov et al. 2018, arXiv:1803.05407), as `swa`; `75 %` "
                + "is usual, at a rate that is held. Running statistics of batchnorm that go with it, and with `lawa`, "
                + "are measured on at most 100 batches of training data."
        ) { yaml, place, root, problems in
            if case .scalar("none", true) = yaml.content { return root.averages.swa.from = nil }
            root.averages.swa.from =
                yaml.amount([.steps, .epochs, .share], at: place, &problems) ?? root.averages.swa.from
        },
        .amount(
            "average.swa.every", \.averages.swa.every, [.steps, .epochs, .share], .forks,
            "From one of its weights to the next."),
        .custom(
            "harvest.every", "times or amount", initial: "none", .forks,
            "Cools the job down by itself, in a branch of its own beside it: again at `1.5x` the steps of the time before, "
                + "or after so many steps or epochs or as much time (`1 day`), at the next checkpoint. For jobs that train "
                + "at a constant rate for as long as you leave them; see simmer-cooldown in simmer(1). The best is `JOB@best-harvest`."
        ) { yaml, place, root, problems in
            guard let text = yaml.text(at: place, &problems), text != "none" else { return }
            guard let every = Harvest.Every(text) else {
                yaml.outOfRange(
                    "`1.5x` (1.01 to 1000 times), steps, epochs, or a time of a minute or more", at: place, &problems)
                return
            }
            root.harvest.every = every
        },
        .amount("harvest.first", \.harvest.first, [.steps, .epochs], .forks, "Not before."),
        .hours(
            "harvest.hours", \.harvest.hours, .forks,
            "Only at checkpoints within these hours of the local day, as in `22:00-06:00`: a harvest shares the machine's "
                + "cores with the job."),
        .number(
            "harvest.share", \.harvest.cooldown.share, 0.01...10, .forks,
            "Steps of the cooldown as a part of the job's steps so far."),
        .custom(
            "harvest.shape", "one of 1-sqrt, linear, cosine", initial: "1-sqrt", .forks,
            "The way the rate goes to zero."
        ) { yaml, place, root, problems in
            if let word = yaml.choice(of: Cooldown.shapes.map(\.rawValue), at: place, &problems) {
                root.harvest.cooldown.shape = Segment.Shape(rawValue: word) ?? root.harvest.cooldown.shape
            }
        },
        .amount(
            "stop.patience", \.stop.patience, [.steps, .epochs, .share, .forever], .hot,
            "Ends the run when nothing has got better for so long; `forever` lets it run to `until`. Losses often stay "
                + "flat for long and then fall again, and the best checkpoints are kept in any case: stopping early "
                + "saves time, nothing else. Counted anew from where `until` or this is changed."),
        .choice(
            "stop.test", \.stop.test, .forks,
            "What better is. paired: than at the best moment so far, on the same validation examples, by more than "
                + "chance (a paired t-test over groups of them, one-sided, 2.5 %). value: the metric of `expect`, or "
                + "else the validation loss, by however little."),
        .integer(
            "resources.threads", \.resources.threads, 1...256, .forks, initial: "auto",
            "Threads that compute; the result does not depend on it. `auto` takes the daemon's configuration."),
        .size(
            "resources.memory", \.resources.memory, (16 << 20)...(1 << 44), initial: "auto", .forks,
            "What the worker may use; `auto` takes the plan's own estimate with slack."),
        .integer(
            "resources.priority", \.resources.priority, -1_000...1_000, .forks,
            "Larger numbers leave the queue earlier."),
        .custom(
            "checks.acknowledge", "mapping", initial: "{}", .frozen,
            "Checks whose verdict is accepted, each with the reason: `{D7: \"the imbalance is real\"}`."
        ) { yaml, place, root, problems in
            root.acknowledge = acknowledged(yaml, place, &problems) ?? root.acknowledge
        },
    ]

    private static func acknowledged(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> [String: String]? {
        guard case .mapping(let pairs) = yaml.content else {
            yaml.wantedMapping("a mapping of check ids and reasons", at: place, &problems)
            return nil
        }
        var reasons: [String: String] = [:]
        for pair in pairs {
            let digits = pair.key.dropFirst()
            guard let letter = pair.key.first, "CDGKOPQRSTW".contains(letter), (1...3).contains(digits.utf8.count),
                digits.utf8.allSatisfy({ (48...57).contains($0) })
            else {
                problems.add(
                    "value.check", "`\(pair.key)` is not a check.", at: place + pair.key, line: pair.line,
                    hint: "Ids are a letter and a number, as in D7; a report names them.")
                continue
            }
            reasons[pair.key] = pair.value.text(at: place + pair.key, &problems)
        }
        return reasons
    }
}

/// `until: 2000`, `until: 8 hours`, `until: {epochs: 10}`.
enum UntilKeys {
    static func read(_ yaml: Yaml, _ place: Place, _ problems: inout Problems) -> Amount? {
        let units: AmountUnits = [.steps, .epochs, .time, .forever]
        guard case .mapping(let all) = yaml.content else { return yaml.amount(units, at: place, &problems) }
        let pairs = all.filter { $0.key != Yaml.shortForm }
        let names = ["steps", "epochs", "seconds", "minutes", "hours", "days"]
        guard let pair = pairs.first, pairs.count == 1 else {
            problems.add(
                "value.type", "`\(place.dotted)` needs exactly one of \(KeyEntry.list(names)), and has \(pairs.count).",
                at: place, line: yaml.line)
            return nil
        }
        guard names.contains(pair.key) else {
            problems.add(
                "key.unknown", "`\((place + pair.key).dotted)` is not a key of a recipe.", at: place + pair.key,
                line: pair.line,
                hint: Spelling.nearest(pair.key, of: names).map { "Did you mean `\($0)`?" }
                    ?? "`until` has one of \(KeyEntry.list(names)).")
            return nil
        }
        guard let number = pair.value.number(in: 0...1e15, at: place + pair.key, &problems) else { return nil }
        let text = Yaml(content: .scalar("\(Amount.short(number)) \(pair.key)", plain: true), line: pair.value.line)
        return text.amount(units, at: place + pair.key, &problems)
    }
}
