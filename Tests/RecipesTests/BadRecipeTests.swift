import Recipes
import Testing

/// Every fault has its code, its line, and a way out.
@Suite struct BadRecipeTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var code: String
        var line: Int?
        var hint: String?
        var testDescription: String { "\(code) in line \(line.map(String.init) ?? "none"): \(text.suffix(50))" }
    }

    /// A line appended to the small recipe, whose last line is the eighth.
    static func line(_ text: String, _ code: String, at line: Int? = 9, hint: String? = nil) -> Fault {
        Fault(text: Sample.small + text + "\n", code: code, line: line, hint: hint)
    }

    /// The small recipe with one piece exchanged.
    static func bent(_ piece: String, _ other: String, _ code: String, at line: Int?, hint: String? = nil) -> Fault {
        Fault(text: Sample.small.replacing(piece, with: other), code: code, line: line, hint: hint)
    }

    static let faults: [Fault] = [
        // Keys.
        line("optimiser: adam", "key.unknown", hint: "Did you mean `optimizer`?"),
        line("optimizer:\n  rte: 1", "key.unknown", at: 10, hint: "Did you mean `rate`?"),
        line("optimizer: {learning_rate: 1}", "key.unknown", hint: "`optimizer` has `kind`"),
        line("rate: 1e-3", "key.unknown", hint: "There is `optimizer.rate`"),
        line("checkpoint: {keep: {lst: 3}}", "key.unknown", hint: "`last`"),
        line("name: twice", "yaml.duplicate_key"),
        line("optimizer: {rate: 1, rate: 2}", "yaml.duplicate_key"),
        bent("recipe: 1\n", "", "key.missing", at: 1), bent("recipe: 1", "recipe: 2", "recipe.version", at: 1),
        bent("name: small\n", "", "key.missing", at: 1), bent("name: small", "name: a b", "value.name", at: 2),
        bent("format: digits", "shuffle: true", "key.missing", at: 1),
        Fault(text: "", code: "key.missing", line: 1), Fault(text: "# nothing\n", code: "key.missing", line: 1),
        Fault(text: "just text", code: "value.type", line: 1), Fault(text: "- 1", code: "value.type", line: 1),
        // First weights.
        bent("model:\n", "model:\n  partial: true\n", "model.map", at: 5, hint: "Name a checkpoint"),
        bent("model:\n", "model:\n  map: {a.: b.}\n", "model.map", at: 5, hint: "Name a checkpoint"),
        bent("model:\n", "model:\n  from: x@last\n  map: {a.: b}\n", "model.map", at: 6, hint: "End both with a dot"),
        bent("model:\n", "model:\n  from: x@last\n  map: {a: b.}\n", "model.map", at: 6, hint: "End both with a dot"),
        bent("model:\n", "model:\n  from: x@last\n  map: {a: \"\"}\n", "value.type", at: 6),
        bent("model:\n", "model:\n  from: x@last\n  map: [a]\n", "value.type", at: 6),
        // What this version does not have.
        line("loss: {kind: mse, label_smoothing: 0.1}", "loss.option"),
        line("loss: {kind: mse, positive_weight: 2}", "loss.option"),
        line("loss: {kind: binary-cross-entropy, positive_weight: 0}", "value.range"),
        line("kind: tune", "recipe.later"),
        // Ensembles.
        line("members: 5", "ensemble.kind", hint: "kind: ensemble"), line("members: 0", "value.range"),
        line("members: 65", "value.range"), line("members: many", "value.type"),
        line("combine: vote", "ensemble.kind"), line("greedy: true", "ensemble.kind"),
        line("kind: ensemble", "ensemble.members", hint: "members: 5"),
        line("kind: ensemble\nmembers: none", "ensemble.members", at: 10),
        line("kind: ensemble\nmembers: 1", "ensemble.one", at: 10, hint: "kind: train"),
        line("kind: ensemble\nmembers: 3\ncombine: weights", "value.choice", at: 11),
        line("kind: ensemble\nmembers: 3\ncombine: vote\ngreedy: true", "ensemble.vote", at: 12),
        Fault(
            text: Sample.small.replacing("until: 100", with: "kind: ensemble") + "members: 3\n",
            code: "ensemble.forever",
            line: 8, hint: "until: {steps: 20000}"),
        // Teachers.
        line("kind: distill", "distill.teachers", hint: "teachers: [big@best]"),
        line("kind: distill\nteachers: []", "distill.teachers", at: 10),
        line("kind: distill\nteachers: [a@best, {b: c}]", "value.type", at: 10),
        line("kind: distill\nteachers: [a@best, a@best]", "value.range", at: 10),
        line("kind: distill\nteachers: [a@best]\ntemperature: 0", "value.range", at: 11),
        line("kind: distill\nteachers: [a@best]\ntemperature: -4", "value.range", at: 11),
        line("kind: distill\nteachers: [a@best]\nhard_weight: 1.1", "value.range", at: 11),
        line("kind: distill\nteachers: [a@best]\nhard_weight: -0.1", "value.range", at: 11),
        line("kind: distill\nteachers: [a@best]\nloss: mse", "distill.loss", at: 11),
        // What teachers alone label, and what is left out.
        bent(
            "digits}", "idx, train: {inputs: a, targets: b}, unlabelled: u}", "distill.kind", at: 3,
            hint: "kind: distill"),
        bent("digits}", "digits, transfer: only}", "distill.kind", at: 3, hint: "kind: distill"),
        bent("digits}", "digits, transfer: only}\nkind: distill\nteachers: [a@best]", "distill.unlabelled", at: 3),
        bent(
            "digits}", "digits, unlabelled: u}\nkind: distill\nteachers: [a@best]", "data.files", at: 3,
            hint: "format: idx"),
        bent(
            "digits}", "csv, train: t, unlabelled: {inputs: u, targets: v}}\nkind: distill\nteachers: [a@best]",
            "data.files", at: 3, hint: "unlabelled: FILE"),
        bent(
            "digits}",
            "csv, train: t, unlabelled: u}\nkind: distill\nteachers: [a@best]\nloss: {class_weights: [1, 2]}",
            "distill.unlabelled", at: 3, hint: "loss.class_weights"),
        bent("digits}", "text, train: t, unlabelled: u}", "data.text", at: 3),
        // What somebody made.
        bent("digits}", "text, train: t, made: u}", "data.text", at: 3, hint: "Remove it"),
        bent("digits}", "digits, made: u}", "data.files", at: 3, hint: "format: idx"),
        bent("digits}", "csv, train: t, made: {inputs: u, targets: v}}", "data.files", at: 3, hint: "data.target"),
        bent(
            "digits}", "idx, train: {inputs: a, targets: b}, made: u}", "data.files", at: 3,
            hint: "{inputs: FILE, targets: FILE}"),
        bent(
            "digits}", "idx, train: {inputs: a, targets: b}, made: {inputs: [u, v], targets: w}}", "data.files", at: 3,
            hint: "Each shard needs both"),
        bent("digits}", "text, train: t, without: [a]}", "data.text", at: 3),
        bent("digits}", "digits, without: [3, 3]}", "value.range", at: 3),
        bent("digits}", "digits, transfer: some}", "value.choice", at: 3),
        line("targets: cached", "distill.kind"),
        line("kind: distill\nteachers: [a@best]\ntargets: none", "value.choice", at: 11),
        bent(
            "digits}", "digits, augment: [shift: 1]}\nkind: distill\nteachers: [a@best]\ntargets: cached",
            "distill.cached", at: 6, hint: "augment nothing"),
        bent(
            "digits}", "text, train: t}\nkind: distill\nteachers: [a@best]\ntargets: cached", "distill.cached", at: 6,
            hint: "shuffle: false"),
        Fault(
            text: Sample.small.replacing("{format: digits}", with: "{format: digits, augment: [mixup: 1]}")
                + "kind: distill\nteachers: [a@best]\nloss: {class_weights: [1, 2]}\n", code: "distill.mixup", line: 3),
        line("teachers: [a@best]", "distill.kind", hint: "kind: distill"), line("temperature: 4", "distill.kind"),
        line("optimizer: lion", "recipe.later"), line("schedule:\n  - exponential: 3", "recipe.later", at: 10),
        bent("{format: digits}", "{format: digits, augment: [contrast]}", "recipe.later", at: 3),
        bent("{format: digits}", "{format: digits, augment: [mixup]}", "key.missing", at: 3),
        bent("{format: digits}", "{format: digits, augment: [mixup: 0]}", "value.range", at: 3),
        bent("{format: digits}", "{format: digits, augment: [mixup: -1]}", "value.range", at: 3),
        bent("{format: digits}", "{format: digits, augment: [mixup: 1, mixup: 1]}", "data.augment", at: 3),
        bent("{format: digits}", "{format: text, train: a, augment: [mixup: 1]}", "data.augment", at: 3),
        bent("- flatten", "- rnn: 3", "recipe.later", at: 6),
        // Types.
        line("batch: many", "value.type"), line("batch: \"64\"", "value.type", hint: "quotes"),
        line("batch: 6.5", "value.type"), line("batch: [1]", "value.type"), line("batch:", "value.type"),
        line("batch: ~", "value.type"), line("optimizer: {rate: .nan}", "value.type", hint: "finite"),
        line("optimizer: {rate: .inf}", "value.type"), line("optimizer: {rate: 1e999}", "value.type"),
        line("optimizer: {rate: 0x10}", "value.type"), line("optimizer: {rate: '3e-4'}", "value.type"),
        line("optimizer: {nesterov: yes}", "value.type", hint: "`true`"), line("optimizer: [adam]", "value.type"),
        line("optimizer: adm", "value.choice", hint: "Did you mean `adam`?"),
        line("precision: bfloat", "value.choice", hint: "Did you mean `bfloat16`?"),
        line("precision: 16", "value.choice"),
        line("seed: -1", "value.range"), line("seed: 9223372036854775808", "value.type"),
        // Ranges.
        line("batch: 0", "value.range"), line("batch: 65537", "value.range"),
        line("accumulate: 0", "value.range"), line("accumulate: 1025", "value.range"),
        line("batch: 65536\naccumulate: 17", "batch.too_large", at: 10),
        line("optimizer: {rate: 0}", "value.range"), line("optimizer: {rate: -1}", "value.range"),
        line("optimizer: {betas: [0.9]}", "value.range"), line("optimizer: {betas: [0.9, 1]}", "value.range"),
        line("optimizer: {betas: [0.9, 0.9, 0.9]}", "value.range"), line("average: {ema: [0.9, 0.9]}", "value.range"),
        line("resources: {memory: 4}", "value.range"), line("resources: {memory: 4 GB a}", "value.type"),
        line("checkpoint: {keep: {last: 0}}", "value.range"), line("clip: 0", "value.range"),
        // Combinations.
        line("optimizer: {kind: adam, momentum: 0.9}", "optimizer.option"),
        line("optimizer: {kind: sgd, betas: [0.9, 0.9]}", "optimizer.option"),
        line("optimizer: {kind: sgd, nesterov: true}", "optimizer.option"),
        line("expect: {metric: validation.acuracy, above: 1}", "value.metric", hint: "validation.accuracy"),
        line("expect: {metric: validation.accuracy}", "value.expect"),
        line("expect: {metric: validation.loss, above: 1, below: 2}", "value.expect"),
        line("expect: {metric: validation.accuracy@ema-0.9, above: 1}", "value.metric", hint: "average"),
        line("expect: {metric: validation.accuracy@swa, above: 1}", "value.metric", hint: "lawa-500x5"),
        line("average: {lawa: {last: 5}}", "key.missing", hint: "every: 500"),
        line("average: {lawa: {every: 0}}", "value.range"), line("average: {lawa: {every: 5, last: 1}}", "value.range"),
        line("average: {lawa: {every: 1 epoch}}", "value.type"), line("average: {swa: 10 minutes}", "value.range"),
        line("average: {swa: {every: 1 epoch}}", "key.missing", hint: "75 %"),
        bent("until: 100", "average: {swa: 75 %}", "schedule.no_total", at: 8, hint: "steps"),
        line("average: {polyak: 1}", "key.unknown", hint: "`swa`"),
        bent(
            "- linear: classes\n", "- linear: classes\n      name: swa\naverage: {swa: 9}\n", "model.name", at: 7),
        line("checks: {acknowledge: {D: why}}", "value.check"), line("checks: {acknowledge: {D7: [1]}}", "value.type"),
        // Data.
        bent("{format: digits}", "{format: idx}", "key.missing", at: 3),
        bent("{format: digits}", "{format: digits, train: a.gz}", "data.files", at: 3),
        bent("{format: digits}", "{format: idx, train: a.gz}", "data.files", at: 3),
        bent("{format: digits}", "{format: idx, train: {inputs: [a, b], targets: c}}", "data.files", at: 3),
        bent("{format: digits}", "{format: csv, train: {inputs: a, targets: b}}", "data.files", at: 3),
        bent("{format: digits}", "{format: csv, train: a.csv, examples: 100}", "data.files", at: 3),
        bent("{format: digits}", "{format: idx, train: {inputs: a, targets: b}, target: y}", "data.files", at: 3),
        bent("{format: digits}", "{format: digits, validation: {fraction: 1.5}}", "value.range", at: 3),
        bent("{format: digits}", "{format: digits, validation: {fraction: 0.1, inputs: a}}", "value.type", at: 3),
        bent(
            "{format: digits}", "{format: digits, validation: {fraction: 0}}", "value.range", at: 3,
            hint: "`validation: {fraction: 0.1}`"),
        bent(
            "{format: digits}", "{format: csv, train: a.csv, validation: none}", "value.range", at: 3,
            hint: "`validation: {fraction: 0.1}`"),
        bent("{format: digits}", "{format: digits, normalize: {mean: [1, 2], deviation: 1}}", "value.range", at: 3),
        bent("{format: digits}", "{format: digits, normalize: {mean: 1, deviation: 0}}", "value.range", at: 3),
        bent("{format: digits}", "{format: text}", "key.missing", at: 3),
        bent("{format: digits}", "{format: text, train: {inputs: a, targets: b}}", "data.files", at: 3),
        bent("{format: digits}", "{format: text, train: a, target: b}", "data.files", at: 3, hint: "csv"),
        bent("{format: digits}", "{format: text, train: a, classes: 3}", "data.files", at: 3),
        bent("{format: digits}", "{format: text, train: a, augment: [noise: 1]}", "data.augment", at: 3),
        bent("{format: digits}", "{format: text, train: a, normalize: standard}", "data.normalize", at: 3),
        bent("{format: digits}", "{format: text, train: a, window: 0}", "value.range", at: 3),
        bent("{format: digits}", "{format: text, train: a, window: 65537}", "value.range", at: 3),
        bent("{format: digits}", "{format: text, train: a, documents: words}", "value.choice", at: 3),
        bent("{format: digits}", "{format: digits, window: 8}", "data.files", at: 3, hint: "text"),
        bent("{format: digits}", "{format: digits, classes: 5}", "data.files", at: 3, hint: "csv"),
        bent("{format: digits}", "{format: csv, train: a.csv, documents: lines}", "data.files", at: 3),
        bent("{format: digits}", "{format: digits, augment: [crop: 0]}", "value.range", at: 3),
        bent("{format: digits}", "{format: images, train: {inputs: a, targets: b}}", "data.files", at: 3),
        bent("{format: digits}", "{format: images, train: a.tar, size: 28}", "value.type", at: 3),
        bent("{format: digits}", "{format: images, train: a.tar, size: [0, 28]}", "value.range", at: 3),
        bent("{format: digits}", "{format: images, train: a.tar, channels: 2}", "value.choice", at: 3),
        bent("{format: digits}", "{format: text, train: a, size: [8, 8]}", "data.files", at: 3, hint: "images"),
        bent("{format: digits}", "{format: idx, train: {inputs: a, targets: b}, missing: mean}", "data.files", at: 3),
        bent("{format: digits}", "{format: csv, train: a.csv, missing: guess}", "value.choice", at: 3),
        bent("{format: digits}", "{format: digits, normalize: standrd}", "value.choice", at: 3, hint: "`standard`"),
        // Layers.
        bent("- flatten", "- conv2d: {channels: 3}", "key.missing", at: 6),
        bent("- flatten", "- conv2d: {channels: 3, kernel: 3, groups: 0}", "value.range", at: 6),
        bent("- flatten", "- conv2d: 3", "value.type", at: 6), bent("- flatten", "- linear", "key.missing", at: 6),
        bent("- flatten", "- linear: {units: 3, biass: true}", "key.unknown", at: 6, hint: "`bias`"),
        bent("- flatten", "- dropout: 1.5", "value.range", at: 6),
        bent("- flatten", "- linear: {units: 3, initial: kaimin}", "value.choice", at: 6, hint: "`kaiming`"),
        bent("- flatten", "- linear: {units: 3, initial: {deviation: 1}}", "key.missing", at: 6),
        bent("- flatten", "- linear: {units: 3, initial: {kind: normal, deviation: 0}}", "value.range", at: 6),
        bent("- flatten", "- linear: {units: 3, initial: {kind: zero, deviation: 1}}", "model.initial", at: 6),
        bent("- flatten", "- flaten", "value.choice", at: 6, hint: "`flatten`"),
        bent("- flatten", "- relu\n      tanh: 1", "yaml.syntax", at: 7),
        bent("- flatten", "- linear: 3\n      relu:", "value.type", at: 6),
        bent("- flatten", "- linear: 3\n      name: 0", "model.name", at: 7),
        bent("- flatten", "- {linear: 3, name: shortcut}", "model.name", at: 6, hint: "another name"),
        bent("- flatten", "- {linear: 3, name: a}\n    - {relu: , name: a}", "model.name", at: 7),
        bent("    - flatten\n    - linear: classes", "    {}", "value.type", at: 6),
        // Time.
        bent("until: 100", "until: 100 lightyears", "value.type", at: 8),
        bent("until: 100", "until: 0", "value.range", at: 8),
        bent("until: 100", "until: -5", "value.type", at: 8), bent("until: 100", "until: 20 %", "value.range", at: 8),
        bent("until: 100", "until: {steps: 1, epochs: 2}", "value.type", at: 8),
        bent("until: 100", "until: {stepps: 1}", "key.unknown", at: 8, hint: "`steps`"),
        bent("until: 100", "schedule: [{warmup: 10 %}]", "schedule.no_total", at: 8),
        bent("until: 100", "until: 8 hours\nevaluate: 10 %", "schedule.no_total", at: 9),
        line("evaluate: 10 minutes", "value.range", hint: "steps"),
        line("schedule:\n  - warmup: 10 minutes", "value.range", at: 10),
        line("schedule:\n  - hold: forever\n  - cosine: 10", "schedule.forever", at: 10),
        line("schedule:\n  - cosine", "schedule.forever", at: 10), line("schedule: []", "value.type"),
        line("schedule:\n  - cosine: {lenght: 10}", "key.unknown", at: 10, hint: "`length`"),
        line("schedule:\n  - warmup: {length: 10, to: 1}", "key.unknown", at: 10),
        line("schedule: [{hold: 70 %}, {cosine: 70 %}]", "schedule.too_long"),
        // YAML.
        line("seed: &a 3", "yaml.anchor"), line("seed: *a", "yaml.anchor"), line("seed: !!int 3", "yaml.tag"),
        line("seed: !x 3", "yaml.tag"), line("<<: {seed: 3}", "yaml.anchor"), line("---\nrecipe: 1", "yaml.documents"),
        line("seed: [1", "yaml.syntax", at: 10), line("\tseed: 1", "yaml.syntax"), line("? [a]\n: 1", "yaml.key"),
        line("seed: \u{1}", "yaml.control_character"), line("seed: 1\u{0}", "yaml.control_character"),
        line("data_target: \"\\u0007\"", "key.unknown"),
        bent("name: small", "name: \"\\u0007\"", "yaml.control_character", at: 2),
    ]

    @Test(arguments: faults) func isRefused(_ fault: Fault) {
        let (recipe, findings) = Recipe.read(fault.text)
        #expect(recipe == nil)
        let errors = findings.filter { $0.severity == .error }
        let found = errors.first { $0.code == fault.code }
        #expect(found != nil, "\(findings)")
        #expect(found?.line == fault.line, "\(findings)")
        if let hint = fault.hint { #expect(found?.hint?.contains(hint) == true, "\(findings)") }
    }

    @Test func everyFaultIsTold() {
        let (_, findings) = Recipe.read(Sample.small + "batch: 0\nseed: x\noptimiser: 3\n")
        #expect(findings.map(\.code) == ["value.range", "value.type", "key.unknown"])
        #expect(findings.map(\.line) == [9, 10, 11])
        #expect(findings.map(\.path) == ["/batch", "/seed", "/optimiser"])
    }

    @Test func warnsOfStrangeRates() throws {
        let (recipe, findings) = Recipe.read(Sample.small + "optimizer: {rate: 3}\n")
        #expect(recipe != nil)
        #expect(findings.map(\.code) == ["optimizer.rate"] && findings.map(\.severity) == [.warning])
    }

    @Test(arguments: [
        ("softmax", "", true), ("softmax", "loss: cross-entropy", true),
        ("softmax", "loss: binary-cross-entropy", true), ("sigmoid", "loss: binary-cross-entropy", true),
        ("softmax", "loss: mse", false), ("sigmoid", "loss: mse", false),
    ]) func warnsOfASquashingThatTheLossDoes(_ layer: String, _ loss: String, _ isWarned: Bool) throws {
        let (recipe, findings) = Recipe.read(
            Sample.small.replacing("- linear: classes", with: "- linear: classes\n    - \(layer)") + loss + "\n")
        #expect(recipe != nil)
        #expect(findings.map(\.code) == (isWarned ? ["model.double_softmax"] : []))
        #expect(findings.allSatisfy { $0.severity == .warning && $0.line == 8 })
        if isWarned { #expect(findings[0].message.contains("The last layer is \(layer)")) }
    }

    @Test func warnsOfWhatScheduleFreeDoesNotGoWith() throws {
        let text = Sample.small.replacing("- flatten", with: "- batchnorm\n    - flatten")
        let (recipe, findings) = Recipe.read(
            text + "optimizer: {kind: schedule-free-adamw, rate: 2.5e-3}\nschedule: [{warmup: 10}, {cosine: 90 %}]\n")
        #expect(recipe?.optimizer.kind == .scheduleFreeAdamw)
        #expect(findings.map(\.code) == ["optimizer.batchnorm", "optimizer.schedule"])
        #expect(findings.map(\.line) == [6, 11] && findings.allSatisfy { $0.severity == .warning })
        let good = Recipe.read(Sample.small + "optimizer: schedule-free-adamw\nschedule: [{warmup: 10}, hold]\n")
        #expect(good.recipe != nil && good.findings == [])
    }

    @Test func warnsOfARateThatEndsEarly() throws {
        let (recipe, findings) = Recipe.read(Sample.small + "schedule:\n  - hold: 10 %\n  - cosine: 50\n")
        #expect(recipe != nil)
        #expect(findings.map(\.code) == ["schedule.ends_early"] && findings.map(\.line) == [11])
        let whole = Recipe.read(Sample.small + "schedule: [{hold: 10 %}, {cosine: 90 %}]\n")
        #expect(whole.findings == [])
    }

    /// What would take a careless reader's memory or time; each is refused in well under a second.
    static let bombs: [(String, String)] = [
        (String(repeating: "#", count: 600 << 10), "yaml.too_large"),
        ("a: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900), "yaml.too_deep"),
        ("a: " + String(repeating: "[", count: 400_000), "yaml.syntax"),
        (String(repeating: "- ", count: 200_000) + "a", "yaml.syntax"),
        ("a: [" + String(repeating: "1,", count: 20_000) + "1]", "yaml.too_many_values"),
        (laughs(inKeys: false), "yaml.anchor"), (laughs(inKeys: true), "yaml.anchor"),
        ("x: foo\n  \"\n" + laughs(inKeys: true), "yaml.anchor"),
        ("x: |\n  \"\n" + laughs(inKeys: true), "yaml.anchor"),
    ]

    /// The only thing that is wrong with such a recipe, and why.
    @Test(arguments: ["none", "{fraction: 0}", "{fraction: 0.0}"]) func aValidationSplitIsRequired(_ value: String)
        throws
    {
        let data = "{format: idx, train: {inputs: a, targets: b}, validation: \(value)}"
        let findings = Recipe.read(Sample.small.replacing("{format: digits}", with: data)).findings
        let errors = findings.filter { $0.severity == .error }
        #expect(errors.count == 1 && errors.first?.path?.hasPrefix("/data/validation") == true, "\(errors)")
        #expect(errors.first?.message.contains("a validation split is required") == true, "\(errors)")
        #expect(errors.first?.message.contains("does not learn from") == true, "\(errors)")
    }

    static func laughs(inKeys: Bool) -> String {
        var text = "a0: &a0 [x, x]\n"
        for i in 1..<40 { text += "a\(i): &a\(i) [*a\(i - 1), *a\(i - 1)]\n" }
        return text + (inKeys ? "? *a39\n: 1\n? *a38\n: 2\n" : "z: *a39\n")
    }

    @Test(arguments: bombs) func disarms(_ text: String, _ code: String) {
        let start = ContinuousClock.now
        let (recipe, findings) = Recipe.read(text)
        #expect(recipe == nil)
        #expect(findings.contains { $0.code == code }, "\(findings.first.map { "\($0)" } ?? "nothing")")
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// Nothing that a byte can be changed to brings the reader down.
    @Test func survivesMutations() {
        var state: UInt64 = 42
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let alphabet = Array("[]{}:,-#&*!|>'\"%@`\n\t 0a~?<.".utf8)
        for _ in 0..<2_000 {
            var bytes = Array(Sample.full.utf8)
            for _ in 0...next(4) {
                let i = next(bytes.count)
                switch next(3) {
                case 0: bytes[i] = alphabet[next(alphabet.count)]
                case 1: bytes.insert(alphabet[next(alphabet.count)], at: i)
                default: bytes.removeSubrange(i..<min(bytes.count, i + 1 + next(20)))
                }
            }
            let (recipe, findings) = Recipe.read(String(decoding: bytes, as: UTF8.self))
            #expect(recipe != nil || findings.contains { $0.severity == .error })
        }
    }
}
