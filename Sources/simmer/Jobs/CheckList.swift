import ArgumentParser
import Recipes
import Terminal

/// `simmer check --list`: every check there is.
enum CheckList {
    private struct Row: Encodable {
        var id: String
        var stage: String
        var suite: String
        var title: String
        var hypothesis: String
        var threshold: String
        var origin: String
    }

    static func put(_ screen: Screen) throws {
        guard !screen.json else {
            return try screen.put(
                json: CheckCatalogue.all.map {
                    Row(
                        id: $0.id, stage: $0.stage.rawValue, suite: $0.suite.rawValue, title: $0.title,
                        hypothesis: $0.hypothesis, threshold: $0.threshold, origin: $0.origin)
                })
        }
        screen.put(
            Table(
                [Column("CHECK"), Column("SUITE"), Column("TITLE"), Column("TESTED", shrinks: true)],
                rows: CheckCatalogue.all.map {
                    [Cell($0.id, .bold), Cell($0.suite.rawValue), Cell($0.title), Cell($0.hypothesis)]
                }))
    }
}

extension CheckSuite: ExpressibleByArgument {}
