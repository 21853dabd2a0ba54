import Recipes

/// Which of the watchers that are asked at every update the recipe wants. Looked up once a change of the recipe: by the ids,
/// a look costs as much as a small layer.
struct WantedWatchers {
    let spikes: Bool
    let ratios: Bool
    let clipped: Bool
    let steadyBits: Bool
    /// Whether anybody goes by how the losses have been.
    let losses: Bool

    init(_ watch: Watch) {
        func wants(_ id: String) -> Bool { watch.action(id) != .off }
        spikes = wants("W2")
        ratios = wants("W3")
        clipped = wants("W6")
        steadyBits = wants("W13")
        losses = ["W2", "W3", "W5", "W7", "W18"].contains(where: wants)
    }
}
