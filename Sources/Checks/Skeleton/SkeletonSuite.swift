/// The checks of this folder.
enum SkeletonSuite {
    /// What others read from comes before them: the contrast before what uses its network.
    static var cheap: [any Check.Type] {
        [
            Premises.self, ScheduleCheck.self, Simplification.self, FirstLoss.self, FirstWeights.self, Influence.self,
            Determinism.self, Continuation.self, LiveParameters.self,
            DecayStrength.self, Taps.self, InputIndependence.self, Dependence.self, BaselineCheck.self,
            Predictions.self, Memorizing.self, RangeTest.self, Capacity.self,
        ]
    }
    static var full: [any Check.Type] {
        [Anatomy.self, GradientCheck.self, AugmentedLabels.self, BlockTwins.self, Dynamics.self, CapacityLadder.self]
    }
}
