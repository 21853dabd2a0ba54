/// The checks of this folder: on a checkpoint.
enum TrainedSuite {
    static var checks: [any Check.Type] {
        [
            Quality.self, WorstErrors.self, Filters.self, Activations.self, InputImportance.self, EarlyStopping.self,
            MetricAgreement.self,
        ]
    }
}
