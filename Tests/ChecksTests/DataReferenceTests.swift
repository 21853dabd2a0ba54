import Foundation
import Recipes
import Tensors
import Testing

@testable import Checks

/// Statistics against numpy's: Tests/Reference/data_checks.py printed them.
@Suite struct DataReferenceTests {
    private struct Reference: Decodable {
        struct Neighbours: Decodable {
            var nearest: [Double]
            var tenth: [Double]
        }
        struct Confident: Decodable {
            var thresholds: [Double]
            var suspects: [Int]
        }
        struct Plane: Decodable {
            var scores: [[Double]]
            var shares: [Double]
        }
        struct Separation: Decodable {
            var first: [Double]
            var second: [Double]
            var area: Double
            var variance: Double
        }
        var images: [[String: Double]]
        var plane: Plane
        var neighbours: Neighbours
        var wilson: [[Double]]
        var confident: Confident
        var separation: [Separation]

        static func read() throws -> Reference {
            let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let data = try Data(contentsOf: URL(filePath: "/\(folder)/Reference/data_checks.json"))
            return try JSONDecoder().decode(Reference.self, from: data)
        }
    }

    @Test func imageStatistics() throws {
        let (height, width) = (9, 7)
        let images = (0..<4).map { i in
            (0..<height * width).map { place -> UInt8 in
                let (r, c) = place.quotientAndRemainder(dividingBy: width)
                return UInt8((r * 31 + c * 17 + i * 53 + r * c * (i + 1)) % 256)
            }
        }
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, UInt8(height), 0, 0, 0, UInt8(width)]
        let recipe = dataRecipe(.idx) { recipe in
            recipe.data.train = FileSet(inputs: ["x"], targets: ["y"])
            recipe.data.validation = .fraction(0)
        }
        let bench = try DataBench(
            recipe, ["x": header + images.flatMap { $0 }, "y": [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1]])
        let table = try ExampleTable(bench.bench)
        for (row, expected) in try Reference.read().images.enumerated() {
            #expect(expected.count == ImageLook.columns.count)
            for (name, value) in expected {
                let own = try #require(table[name]?.numbers)[row]
                #expect(abs(own - value) < 1e-5 * max(1, abs(value)), "\(name) of \(row): \(own), numpy \(value)")
            }
        }
    }

    @Test func principalPlane() throws {
        let (count, width) = (12, 4)
        var inputs: [Float] = []
        for i in 0..<count {
            for c in 0..<width {
                let step = (i * 7 + c * 3) % 13 * (c + 1)
                inputs.append(Float(step) + Float(i * c % 5) / 2)
            }
        }
        let plane = try #require(
            PrincipalPlane(inputs, count: count, width: width, scales: false, pool: ThreadPool(threads: 2)))
        let expected = try Reference.read().plane
        for (own, theirs) in zip(plane.points, expected.scores) {
            #expect(abs(own.x - theirs[0]) < 1e-3 && abs(own.y - theirs[1]) < 1e-3, "\(own), numpy \(theirs)")
        }
        #expect(abs(plane.shares.0 - expected.shares[0]) < 1e-4 && abs(plane.shares.1 - expected.shares[1]) < 1e-4)
        // Points on a line have one direction; equal ones, and two, none.
        let line = (0..<6).flatMap { [Float($0), 2 * Float($0)] }
        let one = try #require(PrincipalPlane(line, count: 6, width: 2, scales: true, pool: ThreadPool(threads: 1)))
        #expect(abs(one.shares.0 - 1) < 1e-5 && one.points.allSatisfy { abs($0.y) < 1e-3 })
        let equal = [Float](repeating: 3, count: 12)
        #expect(PrincipalPlane(equal, count: 6, width: 2, scales: true, pool: ThreadPool(threads: 1)) == nil)
        #expect(PrincipalPlane(line, count: 2, width: 6, scales: true, pool: ThreadPool(threads: 1)) == nil)
        #expect(
            PrincipalPlane([1, .nan, 2, 3, 4, 5], count: 3, width: 2, scales: false, pool: ThreadPool(threads: 1))
                == nil)
    }

    @Test func neighbourDistances() throws {
        var table = TestTable(names: ["a", "b", "c"])
        for i in 0..<20 {
            table.rows.append(["\(Double(i * 7 % 20) / 4)", "\(i * i % 13)", "\(i * 11 % 17 * 100)"])
            table.labels.append(i % 2 == 0 ? "even" : "odd")
        }
        let bench = try table.bench { $0.data.validation = .fraction(0) }
        let neighbours = try #require(try bench.bench.neighbours())
        let expected = try Reference.read().neighbours
        for row in 0..<20 {
            #expect(abs(neighbours.nearest(row) - expected.nearest[row]) < 1e-4)
            #expect(abs(neighbours.farthest(row) - expected.tenth[row]) < 1e-4)
        }
    }

    @Test func leastShares() throws {
        for line in try Reference.read().wilson {
            #expect(abs(Certainty.leastShare(Int(line[0]), of: Int(line[1])) - line[2]) < 1e-9)
        }
    }

    @Test func areasUnderCurves() throws {
        let expected = try Reference.read().separation
        let areas = expected.map { AreaUnderCurve($0.first, $0.second) }
        for (area, expected) in zip(areas, expected) {
            #expect(abs(area.value - expected.area) < 1e-12)
            #expect(abs(area.variance - expected.variance) < 1e-12)
            #expect(area.interval.low <= area.value && area.value <= area.interval.high)
        }
        #expect(expected.count == 3 && areas[2].value == 1 && areas[2].interval == (1, 1))
        // Of samples of their own: the mean, and a third of its variance.
        let mean = AreaUnderCurve(meanOf: areas)
        #expect(abs(mean.value - areas.map(\.value).reduce(0, +) / 3) < 1e-12)
        #expect(abs(mean.variance - areas.map(\.variance).reduce(0, +) / 9) < 1e-12)
        // The other way round it is the rest.
        #expect(abs(AreaUnderCurve(expected[0].second, expected[0].first).value - (1 - areas[0].value)) < 1e-12)
    }

    @Test func confidentLearning() throws {
        let labels = (0..<40).map { Int32($0 * 2 % 3) }
        let probabilities = (0..<40).flatMap { i in
            let powers = (0..<3).map { exp(Double((i * 7 + $0 * 5) % 11) / 8 + Double($0)) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
        let noise = ConfidentLearning(probabilities, labels, classes: 3)
        let expected = try Reference.read().confident
        for (own, value) in zip(noise.thresholds, expected.thresholds) { #expect(abs(own - value) < 1e-12) }
        #expect(noise.suspects == expected.suspects)
    }

    /// A tail of known steepness: of values 1, e, e², … the logarithms lie 1 apart.
    @Test func isolationByHand() throws {
        // Forty values around 0 with a MAD of 1/1.4826 or so, and one far away.
        let body = (0..<41).map { Double($0 - 20) / 10 }
        #expect(Isolation(body) == nil)
        let lone = try #require(Isolation(body + [1e4]))
        #expect(lone.places == [41])
        // The rest's logarithms rise by less than a Gaussian's 0.15; the gap is ln(1 + z) - ln(1 + z of 2).
        let z = 1e4 / (1.4826 * 1.05)
        #expect(abs(lone.z - z) < 0.01 * z)
        #expect(lone.p < 1e-15)
        // One e-fold further in a tail of e-folds is where the next one is.
        #expect(Isolation((0..<60).map { exp(Double($0) / 3) }).map { $0.p > 1e-4 } ?? true)
    }
}
