extension Recipe {
    /// What of the recipe its checks depend on: all but what only says how a job is run, watched and kept.
    public var checked: Recipe {
        var recipe = self
        recipe.name = ""
        recipe.notify = Notify()
        recipe.resources = Resources()
        recipe.checkpoint = CheckpointPolicy()
        recipe.acknowledge = [:]
        recipe.watch = Watch()
        return recipe
    }
}
