import Recipes

/// The interface `io.simmer`: the one list of its methods, and its text.
public enum Interface {
    public static let name = "io.simmer"

    /// Every method, in the order of the IDL.
    public static let methods: [MethodDeclaration] = [
        .of(CheckRecipe.self), .of(SubmitJob.self), .of(ListJobs.self), .of(GetJob.self), .of(WatchJobs.self),
        .of(PauseJob.self), .of(ResumeJob.self), .of(StopJob.self), .of(CancelJob.self), .of(DeleteJob.self),
        .of(SetJob.self), .of(ExtendJob.self), .of(CheckpointJob.self),
        .of(ListCheckpoints.self), .of(InspectCheckpoint.self), .of(VerifyCheckpoints.self), .of(DiffCheckpoints.self),
        .of(TagCheckpoint.self), .of(UntagCheckpoint.self), .of(SetCheckpointPinned.self), .of(ExportCheckpoint.self),
        .of(ImportCheckpoint.self), .of(PruneCheckpoints.self),
        .of(EvaluateCheckpoint.self), .of(PredictCheckpoint.self),
        .of(BranchJob.self), .of(DistillJob.self), .of(CreateEnsemble.self),
        .of(ListMetrics.self), .of(QueryMetrics.self), .of(WatchMetrics.self), .of(ReadLogs.self),
        .of(InspectData.self),
        .of(GetStatus.self), .of(Reload.self), .of(Drain.self), .of(Shutdown.self), .of(SetLogLevel.self),
        .of(Scrub.self), .of(BackupStore.self),
    ]
}

extension Interface {
    /// The text of `org.varlink.service`, as every Varlink service has it.
    public static let standardDescription = """
        # The Varlink Service Interface is provided by every varlink service. It
        # describes the service and the interfaces it implements.
        interface org.varlink.service

        # Get a list of all the interfaces a service provides and information
        # about the implementation.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # Get the description of an interface that is implemented by this service.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The requested interface was not found.
        error InterfaceNotFound (interface: string)

        # The requested method was not found
        error MethodNotFound (method: string)

        # The interface defines the requested method, but the service does not
        # implement it.
        error MethodNotImplemented (method: string)

        # One of the passed parameters is invalid.
        error InvalidParameter (parameter: string)

        # Client is denied access
        error PermissionDenied ()

        # Method is expected to be called with 'more' set to true, but wasn't
        error ExpectedMore ()

        """

    public static let description: String = ""
}
