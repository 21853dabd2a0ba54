import Recipes
import Storage
import Wire

extension Routes {
    var verbs: [Route<Caller>] {
        [
            deciding(PauseJob.self) { daemon, input, request in
                let answer = try daemon.want(
                    .pause, job: input.job, caller: request.context, request: try Self.key(input.requestId, request))
                return .init(job: answer.job, changed: answer.changed)
            },
            deciding(ResumeJob.self) { daemon, input, request in
                let answer = try daemon.want(
                    .run, job: input.job, caller: request.context, request: try Self.key(input.requestId, request),
                    fromCheckpoint: input.fromCheckpoint)
                return .init(job: answer.job, changed: answer.changed)
            },
            deciding(StopJob.self) { daemon, input, request in
                if let usec = input.timeoutUsec, usec < 0 {
                    throw StandardError.invalidParameter(parameter: "timeoutUsec")
                }
                let answer = try daemon.want(
                    .stop, job: input.job, caller: request.context, request: try Self.key(input.requestId, request),
                    stopSeconds: input.timeoutUsec.map { Double($0) * 1e-6 })
                return .init(job: answer.job, changed: answer.changed)
            },
            deciding(CancelJob.self) { daemon, input, request in
                let answer = try daemon.want(
                    .cancel, job: input.job, caller: request.context, request: try Self.key(input.requestId, request))
                return .init(job: answer.job, changed: answer.changed)
            },
            deciding(DeleteJob.self) { daemon, input, request in
                try daemon.delete(
                    job: input.job, keepCheckpoints: input.keepCheckpoints ?? false,
                    isDry: input.dryRun ?? false, caller: request.context,
                    request: try Self.key(input.requestId, request))
            },
            streaming(SetJob.self) { input, request, _ in
                try await daemon.set(input, caller: request.context, request: try Self.key(input.requestId, request))
            },
            streaming(ExtendJob.self) { input, request, _ in
                var plan = try await daemon.extend(
                    input, caller: request.context, request: try Self.key(input.requestId, request))
                if plan.dryRun { plan.branch = try await daemon.branch(extending: plan) }
                return plan
            },
            streaming(CheckpointJob.self) { input, request, responder in
                .init(
                    checkpoint: try await daemon.checkpoint(input, waits: responder.more, caller: request.context))
            },
        ]
    }

    var lineage: [Route<Caller>] {
        [
            deciding(BranchJob.self) { daemon, input, request in
                try daemon.branch(input, caller: request.context, request: try Self.key(input.requestId, request))
            },
            deciding(CooldownJob.self) { daemon, input, request in
                try daemon.cooldown(input, caller: request.context, request: try Self.key(input.requestId, request))
            },
            streaming(SqueezeJob.self) { input, request, _ in
                try await daemon.squeeze(
                    input, descriptors: request.call.descriptors, caller: request.context,
                    request: try Self.key(input.requestId, request))
            },
            streaming(DistillJob.self) { input, request, _ in
                let key = try Self.key(input.requestId, request)
                let submission = try await daemon.readers.run {
                    try Submission(
                        input.submission, descriptors: request.call.descriptors, limits: daemon.configuration.limits)
                }
                let output = try await daemon.submitKeepingOrigin(submission, caller: request.context, request: key)
                return .init(job: output.job, findings: output.findings, existing: output.existing)
            },
        ]
    }
}
