import Recipes
import Storage
import Wire

extension Routes {
    /// A student and its teachers in one short worker.
    var grades: [Route<Caller>] {
        [
            streaming(GradeStudent.self) { input, request, responder in
                if let split = input.split, !GradeRequest.splits.contains(split) {
                    throw StandardError.invalidParameter(parameter: "split")
                }
                let (material, findings) = try await pupils(input, request.context)
                if responder.more {
                    try responder.report(
                        .init(
                            progress: OperationProgress(
                                operation: "grade", phase: .working, doneBytes: 0, totalBytes: nil,
                                message: material.assignment.jobName)))
                }
                let report = try await run(material)
                guard case .graded(var grade) = report else { throw try Self.refusal(report) }
                grade.findings += findings
                return .init(grade: grade)
            },
            deciding(TwinJob.self) { daemon, input, request in
                try daemon.twin(input, caller: request.context, request: try Self.key(input.requestId, request))
            },
        ]
    }

    /// The student's recipe, data and teachers, and its own weights and its twin's; and what makes the comparison less
    /// fair.
    private func pupils(
        _ input: GradeStudent.Input, _ caller: Caller
    ) async throws -> (LaunchMaterial, [Finding]) {
        try await daemon.copying.run {
            let references = [input.student, input.twin].compactMap { $0 }
            let records = try daemon.records(
                of: references.map { try newest($0) }, as: "network", caller: caller)
            let student = try store.checkpoint(records[0].checkpoint)
            let files = try student.jobId.map { try store.job(id: $0).files } ?? []
            let recipe = records[0].readRecipe().recipe
            let request = GradeRequest(
                split: input.split ?? (records[0].facts.testCount > 0 ? "test" : "validation"))
            var findings = request.findings(
                student: records[0], twin: records.dropFirst().first, teachers: try daemon.teachers(among: files),
                named: references)
            guard let recipe, !findings.contains(where: { $0.severity == .error }) else {
                let first = findings.first { $0.severity == .error }
                throw SimmerError.incompatible(message: first?.message ?? "There is no student.", findings: findings)
            }
            findings += try stepFindings(records, references)
            var material = LaunchMaterial(
                assignment: Assignment(
                    task: .grade(request), recipe: records[0].recipe, overrides: records[0].overrides,
                    facts: records[0].facts, threads: daemon.defaultThreads, jobName: recipe.name),
                descriptors: [], findings: [], checkpoint: student)
            try daemon.addFiles(files, to: &material)
            for (path, descriptor) in try daemon.files(of: records, at: GradeRequest.path) {
                material.assignment.files.append(
                    DataFile(path: path, fileDescriptor: material.descriptors.count))
                material.descriptors.append(descriptor)
            }
            return (material, findings)
        }
    }

    /// A job's name stands for its newest checkpoint.
    private func newest(_ reference: String) throws -> String {
        guard !reference.contains("@"), !reference.contains(":") else { return reference }
        do {
            return "\(try store.job(reference).id)@last"
        } catch SimmerError.noSuchJob {
            // Digits of a checkpoint's id, or nothing at all, which has an error of its own.
            return reference
        }
    }

    private func stepFindings(_ records: [TeacherRecord], _ references: [String]) throws -> [Finding] {
        let steps = try records.map { try store.checkpoint($0.checkpoint).step }
        guard steps.count > 1, steps[0] != steps[1] else { return [] }
        return [
            Finding(
                severity: .warning, code: "grade.steps",
                message: "`\(references[0])` is at step \(steps[0]), and its twin `\(references[1])` at \(steps[1]).",
                hint: "Compare both after the same steps: name a checkpoint of each, as in `JOB@\(steps.min() ?? 0)`.")
        ]
    }
}
