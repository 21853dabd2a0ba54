import Recipes

/// The interface `io.simmer`: the one list of its methods, and its text.
public enum Interface {
    public static let name = "io.simmer"

    /// Every method, in the order of the interface.
    public static let methods: [MethodDeclaration] = [
        .of(CheckRecipe.self), .of(RunChecks.self), .of(ListChecks.self), .of(GetPictures.self),
        .of(AcknowledgeChecks.self), .of(ImproveRecipe.self), .of(ListImprovements.self), .of(SubmitJob.self),
        .of(ListJobs.self), .of(GetJob.self), .of(WatchJobs.self),
        .of(PauseJob.self), .of(ResumeJob.self), .of(StopJob.self), .of(CancelJob.self), .of(DeleteJob.self),
        .of(SetJob.self), .of(ExtendJob.self), .of(CheckpointJob.self), .of(ExportJob.self), .of(ImportJob.self),
        .of(ListCheckpoints.self), .of(InspectCheckpoint.self), .of(VerifyCheckpoints.self), .of(DiffCheckpoints.self),
        .of(TagCheckpoint.self), .of(UntagCheckpoint.self), .of(SetCheckpointPinned.self), .of(ExportCheckpoint.self),
        .of(ImportCheckpoint.self), .of(PruneCheckpoints.self),
        .of(EvaluateCheckpoint.self), .of(PredictCheckpoint.self), .of(CreateEnsemble.self),
        .of(BranchJob.self), .of(CooldownJob.self), .of(DistillJob.self), .of(SqueezeJob.self),
        .of(TwinJob.self), .of(GradeStudent.self), .of(ReplayJob.self),
        .of(ListMetrics.self), .of(QueryMetrics.self), .of(WatchMetrics.self), .of(ReadLogs.self),
        .of(InspectData.self), .of(DescribeExamples.self), .of(FindExamples.self), .of(ShowExamples.self),
        .of(RecordLook.self), .of(RecordQuiz.self),
        .of(GetStatus.self), .of(Reload.self), .of(Drain.self), .of(Shutdown.self), .of(SetLogLevel.self),
        .of(Scrub.self), .of(BackupStore.self), .of(TestNotify.self),
    ]

    /// Every declared type, each after those it is made of.
    public static let types: [NamedType] = InterfacePrinter.types(methods: methods, errors: ErrorDeclaration.all)

    /// Comment lines above the interface.
    public static let preamble = [
        "simmer: a training daemon. Jobs, checkpoints, metrics, logs, data inspection, daemon control.",
        "All times are microseconds since the Unix epoch (…Usec) or durations in microseconds; all sizes are bytes.",
        "Numbers are finite; a value that is NaN or infinite is absent and named in 'nonFinite'.",
        "A 'job' argument takes a decimal id, a name, or a uuid. A 'checkpoint' argument takes an id,",
        "'<job>@<step>', '<job>@best', '<job>@last', '<job>@best-harvest', '<job>:<tag>', or a unique id prefix of 8 or more hex digits.",
        "A call that changes something is durable before its reply. With the same requestId it has one effect and one",
        "answer, however often it is sent.",
    ]

    /// The interface's text: what GetInterfaceDescription answers and `simmerd print-idl` prints.
    public static let description = InterfacePrinter.text(
        name: name, preamble: preamble, types: types, methods: methods, errors: ErrorDeclaration.all)
}
