/// The checks of this folder: on a checkpoint.
enum TrainedSuite {
    static var checks: [any Check.Type] { [] }
}
