import Recipes
import Storage
import Wire

extension Daemon {
    /// P2: how much of the recipe has changed since the last run of its name that ended well. The store knows, a worker does
    /// not.
    /// - Returns: nil where there is no such run.
    nonisolated func oneChange(_ recipe: Recipe, except job: Int?, owner: Int) throws -> CheckResult? {
        func isAlike(_ row: JobRow) -> Bool {
            row.id != job && (row.name == recipe.name || row.name.hasPrefix(recipe.name + "-"))
        }
        let ended = try store.jobs(in: [.succeeded]).filter { $0.ownerUid == owner && isAlike($0) }
        let newest = ended.max { $0.id < $1.id }
        // Whose a damaged row is, and how its run has ended, nobody knows.
        let lost = try store.unreadableJobs().filter { row in
            isAlike(row) && row.id > newest?.id ?? 0
                && (row.isDamaged || row.ownerUid == owner && row.state == .succeeded)
        }
        let passedOver = lost.first.map { first in
            "\(lost.count == 1 ? "Job" : "Jobs") \(lost.map { String($0.id) }.joined(separator: ", ")) of this name cannot be "
                + "read: `simmer status \(first.id)` says why."
        }
        guard let last = newest else {
            return passedOver.map { .skip("P2", "No run of this name that can be read has ended well yet. \($0)") }
        }
        let more = passedOver.map { " Passed over: \($0)" } ?? ""
        let before: JSONValue
        do {
            before = try JSONValue(encoding: readRecipe(ofJob: last.id).checked)
        } catch let error as SimmerError where error.isUnreadableRecipe {
            return .skip(
                "P2", "The recipe of job \(last.id), the last of its name that ended well, cannot be read." + more)
        }
        let changed = Self.changedKeys(before, try JSONValue(encoding: recipe.checked), at: "")
        let since = "since job \(last.id), the last of its name that ended well"
        let numbers = [CheckNumber("changed keys", Double(changed.count))]
        guard changed.count >= 3 else {
            return CheckResult(
                "P2", .pass, .invariant,
                (changed.isEmpty
                    ? "Nothing has changed \(since)." : "\(changed.joined(separator: " and ")) changed \(since).")
                    + more,
                numbers: numbers, places: changed)
        }
        return CheckResult(
            "P2", .warn, .invariant,
            "\(changed.count) keys changed at once \(since): \(changed.prefix(6).joined(separator: ", ")). Their effects "
                + "cannot be told apart." + more, numbers: numbers, places: changed,
            action: "Take the changes one at a time: `simmer improve` does.")
    }

    /// Dotted keys down to the second level; a list counts as one.
    private static func changedKeys(_ before: JSONValue, _ after: JSONValue, at key: String) -> [String] {
        guard before != after else { return [] }
        guard case .object(let old) = before, case .object(let new) = after, !key.contains(".") else { return [key] }
        return Set(old.keys).union(new.keys).sorted().flatMap { name in
            changedKeys(old[name] ?? .null, new[name] ?? .null, at: key.isEmpty ? name : "\(key).\(name)")
        }
    }
}
