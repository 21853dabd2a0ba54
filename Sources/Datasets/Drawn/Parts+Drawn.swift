import Dispatch
import Recipes

extension Parts {
    /// `examples` images for training and validation, and a tenth as many more, never seen by either, for the test.
    static func digits(_ recipe: Recipe) -> Parts {
        let count = recipe.data.examples
        let classes = (0..<Digits.classes).map { String($0) }
        func draw(from start: Int, _ count: Int) -> ExampleSet {
            let bytes = [UInt8](unsafeUninitializedCapacity: count * Digits.pixels) { buffer, written in
                let image = SharedBuffer(buffer)
                // Images are independent of each other: any thread may draw any.
                let chunk = 256
                DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
                    for index in part * chunk..<min((part + 1) * chunk, count) {
                        Digits.draw(
                            seed: recipe.dataSeed, index: start + index,
                            into: image.part(index * Digits.pixels, Digits.pixels))
                    }
                }
                written = buffer.count
            }
            let labels = (start..<start + count).map { Int32(Digits.label(seed: recipe.dataSeed, index: $0)) }
            return ExampleSet(
                shape: [1, Digits.side, Digits.side], count: count, inputs: .bytes(bytes), targets: .classes(labels))
        }
        return Parts(
            training: draw(from: 0, count), test: draw(from: count, max(count / 10, 1)), target: .classes(classes))
    }

    static func spirals(_ recipe: Recipe) -> Parts {
        let count = recipe.data.examples
        func draw(_ indices: Range<Int>) -> ExampleSet {
            let points = indices.flatMap { index in
                let point = Spirals.point(seed: recipe.dataSeed, index: index)
                return [point.x, point.y]
            }
            return ExampleSet(
                shape: [2], count: indices.count, inputs: .floats(points),
                targets: .classes(indices.map { Int32(Spirals.label(index: $0)) }))
        }
        return Parts(
            training: draw(0..<count), test: draw(count..<count + max(count / 10, 1)),
            target: .classes((0..<Spirals.classes).map { String($0) }))
    }
}
