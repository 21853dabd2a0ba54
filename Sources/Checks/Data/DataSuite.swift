/// The checks of this folder.
enum DataSuite {
    static var cheap: [any Check.Type] {
        [
            SchemaCheck.self, LeakCheck.self, DistributionCheck.self, OrderCheck.self, DuplicateCheck.self,
            DamageCheck.self, BalanceCheck.self, NuisanceCheck.self, OutlierCheck.self,
        ]
    }
    static var full: [any Check.Type] {
        [
            LocalityCheck.self, VariationCheck.self, PreprocessingCheck.self, PositionCheck.self, ResolutionCheck.self,
            LabelNoiseCheck.self, MadeCheck.self,
        ]
    }
}
