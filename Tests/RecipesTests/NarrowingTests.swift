import Recipes
import Testing

/// A student's recipe out of a job's: layers half as wide, where that can be told.
@Suite struct NarrowingTests {
    private func narrowed(
        _ layers: String, _ overrides: [String: String] = [:], by factor: Double = 0.5, more: String = ""
    ) -> [String: String]? {
        Recipe.narrowing(
            Sample.small.replacing("    - flatten\n    - linear: classes\n", with: layers) + more, overrides, by: factor
        )
    }

    @Test func widthsAreMultiplied() throws {
        let layers = """
                - conv2d: {channels: 6, kernel: 5}
                  name: first
                - batchnorm
                - relu
                - maxpool2d: 2
                - flatten
                - linear: {units: 25, bias: false}
                - dropout: 0.2
                - linear: 1
                - linear: classes

            """
        let small = try #require(narrowed(layers))
        #expect(
            small == [
                "model.layers.0.conv2d.channels": "3", "model.layers.5.linear.units": "13",
                "model.layers.7.linear": "1",
            ])
        let recipe = try #require(
            Recipe.read(
                Sample.small.replacing("    - flatten\n    - linear: classes\n", with: layers), overrides: small
            )
            .recipe)
        #expect(recipe.model.layers.count == 9)
        // What was laid over the recipe is what is made smaller.
        #expect(
            narrowed(layers, ["model.layers.0.conv2d.channels": "40"], by: 0.25)?["model.layers.0.conv2d.channels"]
                == "10")
    }

    @Test(arguments: [
        "    - flatten\n    - linear: classes\n",
        "    - residual: [{linear: 9}]\n    - linear: 8\n    - linear: classes\n",
        "    - conv2d: {channels: 4, groups: 2}\n    - flatten\n    - linear: classes\n",
        "    - embedding: 8\n    - lstm: 8\n    - linear: classes\n",
    ])
    func whereTheyHangTogetherNothingIsGuessed(_ layers: String) {
        #expect(narrowed(layers) == nil)
    }

    @Test func neitherForPresetsNorForWeightsFromElsewhere() {
        let layers = "    - flatten\n    - linear: 8\n    - linear: classes\n"
        #expect(narrowed(layers) != nil)
        #expect(narrowed(layers, ["model.from": "x@last"]) == nil)
        let preset = "recipe: 1\nname: x\ndata: {format: digits}\nmodel: {preset: lenet}\nuntil: 9\n"
        #expect(Recipe.narrowing(preset, [:], by: 0.5) == nil)
    }
}
