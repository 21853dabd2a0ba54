import Foundation
import Recipes
import Testing
import Wire

extension FramingTests {
    /// Every whole number that a caller can send, at both ends of what a word holds: the daemon answers or refuses, and never
    /// computes with it before it has looked.
    @Test func numbersAtTheEdgeEndNothing() throws {
        let recipe = try daemon.write("j.yaml", SmallRecipe.spirals(steps: "{steps: 60}", name: "j"))
        _ = try daemon.json("submit", recipe, "--wait")
        var calls = 0
        for method in Interface.methods where method.name != "Shutdown" {
            let given = Dictionary(
                uniqueKeysWithValues: method.input.all.compactMap { field in
                    Self.sample(field.name, field.schema).map { (field.name, $0) }
                })
            for field in method.input.all {
                for value in [Int.min, Int.max] {
                    for edge in Self.with(value, in: field.schema) {
                        for more in [false, true] {
                            var call: [String: JSONValue] = [
                                "method": .string("io.simmer.\(method.name)"),
                                "parameters": .object(given.merging([field.name: edge]) { $1 }),
                            ]
                            if more { call["more"] = .bool(true) }
                            _ = try exchange(Array(JSONValue.object(call).canonicalText.utf8) + [0], seconds: 1)
                            calls += 1
                            try #require(daemon.isRunning, "\(method.name) \(field.name) \(value)")
                        }
                    }
                }
            }
        }
        #expect(calls > 100)
        #expect(try daemon.state("j") == "succeeded")
    }

    /// Something that the method may take; nil for what it can do without.
    private static func sample(_ name: String, _ schema: Schema) -> JSONValue? {
        switch (name, schema) {
        case ("job", _): return .string("j")
        case ("checkpoint", .string): return .string("j@last")
        case ("checkpoints", .array), ("members", .array): return .array([.string("j@last"), .string("j@best")])
        case (_, .optional): return nil
        case (_, .bool): return .bool(false)
        case (_, .int), (_, .float): return .int(1)
        case (_, .string): return .string("x")
        case (_, .array): return .array([])
        case (_, .object), (_, .map): return .object([:])
        case (_, .named(let type)):
            switch type.kind {
            case .enumeration(let values): return values.first.map { .string($0) }
            case .structure(let fields):
                return .object(
                    Dictionary(
                        uniqueKeysWithValues: fields.compactMap { field in
                            sample(field.name, field.schema).map { (field.name, $0) }
                        }))
            }
        }
    }

    /// Values of the schema that have the number in one place each; none where it has no place for one.
    private static func with(_ value: Int, in schema: Schema) -> [JSONValue] {
        switch schema {
        case .int: return [.int(value)]
        case .optional(let inner): return with(value, in: inner)
        case .array(let element): return with(value, in: element).map { .array([$0]) }
        case .named(let type):
            guard case .structure(let fields) = type.kind else { return [] }
            let given = fields.compactMap { field in sample(field.name, field.schema).map { (field.name, $0) } }
            return fields.flatMap { field in
                with(value, in: field.schema).map { edge in
                    .object(Dictionary(given + [(field.name, edge)]) { $1 })
                }
            }
        default: return []
        }
    }
}
