import Recipes
import Storage
import Wire

extension Routes {
    /// What is asked about single examples.
    var examples: [Route<Caller>] {
        [
            streaming(DescribeExamples.self) { input, request, responder in
                let material = try await material(of: input.source, request)
                let (output, findings) = try await read(
                    material, tell: { try responder.report(.init(progress: Self.reading(material))) }
                ) { reader in
                    var output = DescribeExamples.Output(
                        columns: reader.columns, count: reader.rowCount, splits: reader.splitCounts)
                    guard let name = input.column else { return output }
                    output.histogram = try reader.histogram(of: try reader.column(name), bins: input.bins ?? 20)
                    return output
                }
                return .init(
                    columns: output.columns, count: output.count, splits: output.splits, histogram: output.histogram,
                    findings: findings)
            },
            streaming(FindExamples.self) { input, request, responder in try await find(input, request, responder) },
            streaming(ShowExamples.self) { input, request, responder in try await show(input, request, responder) },
            streaming(RecordLook.self) { input, request, responder in
                try await record(input, request)
            },
            streaming(RecordQuiz.self) { input, request, responder in
                try await record(input, request)
            },
        ]
    }

    private static func reading(_ material: ExampleMaterial) -> OperationProgress {
        OperationProgress(
            operation: "examples", phase: .working, doneBytes: 0, totalBytes: nil,
            message: material.launch.assignment.jobName)
    }

    private func find(
        _ input: FindExamples.Input, _ request: Request<Caller>, _ responder: Responder<FindExamples.Output>
    ) async throws -> FindExamples.Output {
        @Sendable func checked(_ limit: Int) throws -> Int {
            guard limit >= 0, responder.more || limit <= 500 else {
                throw StandardError.invalidParameter(parameter: "limit")
            }
            return limit
        }
        _ = try input.limit.map(checked)
        let material = try await material(of: input.source, request)
        let (output, findings) = try await read(
            material, tell: { try responder.report(.init(progress: Self.reading(material))) }
        ) { reader in
            let query = try reader.read(query: input.query)
            // Who says in the question how many they want has said it.
            let limit = try checked(input.limit ?? query.limit ?? 100)
            for name in input.columns ?? [] { _ = try reader.column(name) }
            var output = FindExamples.Output(count: try reader.count(query))
            guard limit > 0 else { return output }
            var isBegun = false
            do {
                try reader.find(query, columns: input.columns ?? reader.columns.map(\.name), limit: limit) { examples in
                    // Each reply is far below the largest message, whatever the columns.
                    for start in stride(from: 0, to: examples.count, by: 100) {
                        let part = Array(examples[start..<min(start + 100, examples.count)])
                        if responder.more {
                            isBegun = true
                            try responder.report(.init(examples: part))
                        } else {
                            output.examples += part
                        }
                    }
                }
            } catch let damage as ExampleDamage where isBegun {
                // What was sent cannot be taken back: the next call makes the table anew.
                daemon.examples.store.remove(material.key)
                throw SimmerError.storeDegraded(message: "\(damage) Ask again: it is made again.")
            }
            return output
        }
        return .init(count: output.count, examples: output.examples, findings: findings)
    }

    private func show(
        _ input: ShowExamples.Input, _ request: Request<Caller>, _ responder: Responder<ShowExamples.Output>
    ) async throws -> ShowExamples.Output {
        let pageSize = input.pageSize ?? ShowRequest.pageSize
        guard (1...ShowRequest.pageSize).contains(pageSize) else {
            throw StandardError.invalidParameter(parameter: "pageSize")
        }
        guard (1...ShowRequest.mostPages).contains(input.pages.count),
            input.pages.allSatisfy({ (0...100_000).contains($0.index) })
        else { throw StandardError.invalidParameter(parameter: "pages") }
        let material = try await material(of: input.source, request)
        let seed = input.seed.map { UInt64(bitPattern: Int64($0)) } ?? material.recipe.dataSeed
        let (chosen, findings) = try await read(
            material, tell: { try responder.report(.init(progress: Self.reading(material))) }
        ) { reader in
            let query = try reader.read(query: input.query ?? "")
            var selection = ExampleSelection(reader, query, seed: seed, pageSize: pageSize)
            let pages = try input.pages.map { try selection.page($0) }
            let wanted = input.labels == true ? pages.flatMap(\.places) : []
            let labels = try reader.values(of: FoundExample.labelColumn, at: wanted)
            return (pages: pages, labels: Dictionary(zip(wanted, labels), uniquingKeysWith: { $1 }))
        }
        let shown = chosen.pages.indices.filter { !chosen.pages[$0].places.isEmpty }
        guard !shown.isEmpty else { return .init(findings: findings) }
        var launch = material.launch
        launch.assignment.task = .show(
            ShowRequest(
                pages: shown.map { chosen.pages[$0] }, sheets: input.sheets ?? true, pixels: input.pixels ?? false))
        let report = try await look(launch, material.recipe) { report in
            guard case .shown(var page) = report, shown.indices.contains(page.index) else { return }
            page.index = shown[page.index]
            if input.labels == true {
                for index in page.examples.indices {
                    page.examples[index].label = chosen.labels[page.examples[index].place] ?? nil
                }
            }
            try responder.report(.init(page: page))
        }
        guard case .showEnded = report else { throw try Self.refusal(report) }
        return .init(findings: findings)
    }

    // MARK: What people found

    private func record(_ input: RecordLook.Input, _ request: Request<Caller>) async throws -> RecordLook.Output {
        guard (0...10_000_000).contains(input.shown) else { throw StandardError.invalidParameter(parameter: "shown") }
        guard input.seconds.isFinite, (0...1e7).contains(input.seconds) else {
            throw StandardError.invalidParameter(parameter: "seconds")
        }
        let note = try input.note.map { try Self.words($0, "note") }
        let key = try Self.key(input.requestId, request)
        let material = try await material(of: input.source, request)
        let (total, _) = try await read(material) { $0.rowCount }
        let who = Accounts.user(request.context.uid) ?? "uid \(request.context.uid)"
        let result = try await daemon.copying.run {
            try store.once(key) { transaction in
                let known = try transaction.checkResult("D2", of: material.subject)
                let look = ExampleNotes.look(
                    after: known, shown: input.shown, seconds: input.seconds, note: note, who: who,
                    on: Clock.day(Clock.wallUsec()), of: total)
                return try transaction.addCheckResults([look], of: material.subject).first ?? look
            }.answer
        }
        return .init(result: result)
    }

    private func record(_ input: RecordQuiz.Input, _ request: Request<Caller>) async throws -> RecordQuiz.Output {
        guard (1...1_000).contains(input.answers.count),
            Set(input.answers.map(\.place)).count == input.answers.count,
            input.answers.allSatisfy({ ($0.seconds ?? 0).isFinite && $0.answer.utf8.count <= 200 })
        else { throw StandardError.invalidParameter(parameter: "answers") }
        var answers = input.answers
        for index in answers.indices {
            answers[index].remark = try answers[index].remark.map { try Self.words($0, "answers") }
        }
        let key = try Self.key(input.requestId, request)
        let material = try await material(of: input.source, request)
        let (marks, _) = try await read(material) { [answers] reader in
            guard let label = reader.columns.first(where: { $0.name == FoundExample.labelColumn }),
                label.kind != .number
            else {
                throw SimmerError.incompatible(
                    message: "The examples have no class: there is nothing to guess.", findings: [])
            }
            let truths = try reader.values(of: label.name, at: answers.map(\.place))
            return try zip(answers, truths).map { answer, truth in
                guard let truth else { throw StandardError.invalidParameter(parameter: "answers") }
                return QuizMark(place: answer.place, answer: answer.answer, truth: truth)
            }
        }
        let score = QuizScore(right: marks.count { $0.isRight }, count: marks.count)
        let who = Accounts.user(request.context.uid) ?? "uid \(request.context.uid)"
        let results = try await daemon.copying.run { [answers] in
            try store.once(key) { transaction in
                let kept = CheckSubject.answers(material.key)
                let sitting = QuizSitting(who: who, day: Clock.day(Clock.wallUsec()), answers: answers)
                let sittings = ExampleNotes.adding(
                    sitting, to: try ExampleNotes.sittings(transaction.checkResult("K19", of: kept)))
                try transaction.addCheckResults([ExampleNotes.row(sittings)], of: kept)
                return try transaction.addCheckResults(
                    ExampleNotes.quiz(score, answers, marks, who: who) + [ExampleNotes.again(sittings)],
                    of: material.subject)
            }.answer
        }
        return .init(score: score, marks: marks, results: results)
    }

    /// A person's words, in one line.
    private static func words(_ text: String, _ field: String) throws -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard !line.isEmpty, line.count <= ExampleNotes.mostCharacters else {
            throw StandardError.invalidParameter(parameter: field)
        }
        return line
    }
}

extension ExampleReader {
    /// - Throws: `incompatible` where there is none of this name.
    fileprivate func column(_ name: String) throws -> ExampleColumn {
        do throws(QueryFailure) {
            return columns[try QueryColumn.place(of: name, among: columns.map { QueryColumn($0.name, $0.kind) })]
        } catch {
            throw SimmerError.incompatible(message: "There is no such column.", findings: [error.columnFinding])
        }
    }
}
