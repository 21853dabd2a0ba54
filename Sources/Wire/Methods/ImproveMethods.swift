import Recipes

/// Supports 'more'. One round of improving a recipe.
public enum ImproveRecipe: Method {
    public static var documentation: [String] {
        [
            "Supports 'more'. One round of improving a recipe: every single change that its stage offers for a quarter of",
            "the steps, the best of them against none, paired, over whole runs; what more data, a table's columns and",
            "several networks are worth. What was expected and what came of it is kept in the ledger, which corrects later",
            "expectations. 'seconds' is for one whole run; a round is about two dozen of them.",
        ]
    }
    public static var streaming: Streaming { .supported }

    public struct Input: Codable, Sendable, Equatable {
        public var recipe: String
        public var files: [DataFile]?
        public var overrides: [String: String]?
        public var steps: Int?
        public var seconds: Double?
        public var seeds: Int?
        /// Kinds of changes; all otherwise.
        public var only: [String]?
        /// Numbers to tune by random trials instead: rate, decay, dropout, width.
        public var tune: [String]?
        /// 4 to 500; 20 otherwise.
        public var trials: Int?

        public init(
            recipe: String, files: [DataFile]? = nil, overrides: [String: String]? = nil, steps: Int? = nil,
            seconds: Double? = nil, seeds: Int? = nil, only: [String]? = nil,
            tune: [String]? = nil, trials: Int? = nil
        ) {
            self.recipe = recipe
            self.files = files
            self.overrides = overrides
            self.steps = steps
            self.seconds = seconds
            self.seeds = seeds
            self.only = only
            self.tune = tune
            self.trials = trials
        }
    }

    public struct Output: Codable, Sendable, Equatable {
        /// What is being tried.
        public var trying: String?
        public var improvement: Improvement?
        /// What is wrong with the recipe or its data, so that nothing was tried.
        public var findings: [Finding]?

        public init(trying: String? = nil, improvement: Improvement? = nil, findings: [Finding]? = nil) {
            self.trying = trying
            self.improvement = improvement
            self.findings = findings
        }
    }
}

/// The ledger of improvements.
public enum ListImprovements: Method {
    public static var documentation: [String] {
        ["The caller's rounds of improving recipes, the newest first: what was expected, and what came of it."]
    }

    public struct Input: Codable, Sendable, Equatable {
        /// 1 to 200; 50 otherwise.
        public var limit: Int?

        public init(limit: Int? = nil) { self.limit = limit }
    }

    public struct Output: Codable, Sendable, Equatable {
        public var rounds: [ImprovementRound]

        public init(rounds: [ImprovementRound]) { self.rounds = rounds }
    }
}

/// One round in the ledger.
public struct ImprovementRound: Codable, Sendable, Equatable {
    public var name: String
    public var improvement: Improvement

    public init(name: String, improvement: Improvement) {
        self.name = name
        self.improvement = improvement
    }
}
