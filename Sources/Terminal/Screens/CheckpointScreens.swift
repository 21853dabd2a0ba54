import Recipes

/// `simmer checkpoint list` and `show`.
public enum CheckpointScreens {
    /// A row a checkpoint.
    public static func table(_ checkpoints: [Checkpoint], now: Int) -> Table {
        let rows = checkpoints.map { checkpoint -> [Cell] in
            let loss = checkpoint.metrics.last { $0.name == "validation.loss" }
            let accuracy = checkpoint.metrics.last { $0.name == "validation.accuracy" }
            return [
                Cell(String(checkpoint.id.prefix(12))),
                Cell(checkpoint.jobName ?? checkpoint.jobId.map(String.init) ?? "-", .bold),
                Cell(String(checkpoint.step)),
                Cell(Span.relative(checkpoint.createdUsec, now: now)),
                Cell(Size.text(checkpoint.sizeBytes)),
                Cell(Size.text(checkpoint.newBytes)),
                Cell(loss?.text ?? ""),
                Cell(accuracy?.text ?? ""),
                Cell(checkpoint.complete ? verifyWord(checkpoint.verifyState) : "incomplete", verifyStyle(checkpoint)),
                Cell(checkpoint.kind),
                Cell((checkpoint.tags + (checkpoint.pinned ? ["(pinned)"] : [])).joined(separator: ","), .note),
            ]
        }
        return Table(
            [
                Column("ID"), Column("JOB", shrinks: true), Column("STEP", .right), Column("AGE"),
                Column("SIZE", .right), Column("NEW", .right, yields: 4),
                Column("VAL.LOSS", .right, optional: true, yields: 2),
                Column("VAL.ACC", .right, optional: true, yields: 1),
                Column("STATE"), Column("KIND", optional: true, yields: 3),
                Column("TAGS", shrinks: true, optional: true),
            ], rows: rows)
    }

    /// One checkpoint in full, and its tensors where they were asked for.
    public static func lines(_ checkpoint: Checkpoint, now: Int) -> [Line] {
        var lines: [Line] = []
        func add(_ label: String, _ text: String, _ style: Style = .plain) {
            if !text.isEmpty { lines.append(Line([Cell(label.padded(to: 10), .bold), Cell(text, style)])) }
        }
        add("Checkpoint", " " + checkpoint.id)
        let job = [checkpoint.jobName, checkpoint.jobId.map { "job \($0)" }].compactMap { $0 }.joined(separator: ", ")
        add("Of", " " + job)
        add("Step", " " + Number.grouped(checkpoint.step))
        add(
            "Taken",
            " \(Clock.second(checkpoint.createdUsec)), \(Span.relative(checkpoint.createdUsec, now: now)) (\(checkpoint.kind))"
        )
        add("Size", " \(Size.text(checkpoint.sizeBytes)), \(Size.text(checkpoint.newBytes)) of it new")
        let verified = checkpoint.verifiedUsec.map { ", \(Span.relative($0, now: now))" } ?? ""
        add(
            "State", " " + (checkpoint.complete ? verifyWord(checkpoint.verifyState) + verified : "incomplete"),
            verifyStyle(checkpoint))
        add("Digest", checkpoint.digest.map { " " + $0 } ?? "")
        add("Weights", checkpoint.weightsDigest.map { " " + $0 } ?? "")
        add("Tags", checkpoint.tags.isEmpty ? "" : " " + checkpoint.tags.joined(separator: ", "))
        add("Pinned", checkpoint.pinned ? " yes: kept until unpinned" : "")
        add("Parents", checkpoint.parents.isEmpty ? "" : " " + checkpoint.parents.joined(separator: ", "))
        for (index, metric) in checkpoint.metrics.sorted(by: { $0.name < $1.name }).enumerated() {
            lines.append(
                Line([
                    Cell((index == 0 ? "Metrics" : "").padded(to: 10), .bold), Cell(" \(metric.name) "),
                    Cell(metric.text, metric.style),
                ]))
        }
        return lines
    }

    /// A row a tensor; columns of statistics only where they were measured.
    public static func tensors(_ tensors: [TensorSummary]) -> Table {
        func number(_ value: Double?) -> Cell { Cell(value.map(Number.short) ?? "") }
        return Table(
            [
                Column("TENSOR", shrinks: true), Column("DTYPE"), Column("SHAPE"), Column("SIZE", .right),
                Column("MIN", .right, optional: true, yields: 2), Column("MAX", .right, optional: true, yields: 2),
                Column("MEAN", .right, optional: true, yields: 1), Column("STD", .right, optional: true, yields: 1),
                Column("NOT FINITE", .right, optional: true), Column("DIGEST", yields: 3),
            ],
            rows: tensors.map { tensor in
                [
                    Cell(tensor.name), Cell(tensor.dtype),
                    Cell("[" + tensor.shape.map(String.init).joined(separator: ", ") + "]"),
                    Cell(Size.text(tensor.sizeBytes)), number(tensor.min), number(tensor.max), number(tensor.mean),
                    number(tensor.std),
                    Cell(tensor.nonFiniteCount.map { $0 == 0 ? "" : String($0) } ?? "", .bad),
                    Cell(String(tensor.digest.split(separator: ":").last.map(String.init)?.prefix(12) ?? "")),
                ]
            })
    }

    /// A row a tensor that two checkpoints do not share.
    public static func differences(_ differences: [TensorDifference]) -> Table {
        Table(
            [
                Column("TENSOR", shrinks: true), Column("WHAT"), Column("LARGEST", .right, optional: true),
                Column("RELATIVE", .right, optional: true), Column("VALUES", .right, optional: true),
            ],
            rows: differences.map { difference in
                [
                    Cell(difference.name), Cell(difference.kind.replacing("_", with: " ")),
                    Cell(difference.maxAbsolute.map(Number.short) ?? ""),
                    Cell(difference.relativeNorm.map(Number.short) ?? ""),
                    Cell(difference.changedCount.map(String.init) ?? ""),
                ]
            })
    }

    static func verifyWord(_ state: VerifyState) -> String {
        switch state {
        case .unverified: "not verified"
        case .ok: "verified"
        case .corrupt: "damaged"
        case .missing: "missing"
        }
    }

    static func verifyStyle(_ checkpoint: Checkpoint) -> Style {
        guard checkpoint.complete else { return .caution }
        switch checkpoint.verifyState {
        case .unverified: return .plain
        case .ok: return .good
        case .corrupt, .missing: return .bad
        }
    }
}
