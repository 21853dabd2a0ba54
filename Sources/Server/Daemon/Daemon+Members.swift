import Recipes
import Storage
import Wire

extension Daemon {
    /// The members of a whole in their order; those that are not there yet are made.
    /// - Parameter source: the job whose recipe and data they have.
    func members(of whole: JobRow, from source: JobRow, count: Int, _ parts: [JobRow]) throws -> [JobRow] {
        func member(_ number: Int, of parts: [JobRow]) -> JobRow? { parts.last { $0.memberNumber == number } }
        let numbers = Array(1...max(1, count))
        let missing = numbers.filter { member($0, of: parts) == nil }
        guard !missing.isEmpty else { return numbers.compactMap { member($0, of: parts) } }
        let input = try store.input(ofJob: source.id)
        let recipe = try readRecipe(ofJob: source.id)
        _ = try store.once(nil) { transaction in
            for number in missing {
                _ = try transaction.insertJob(try newMember(number, of: whole, from: source, input, recipe))
            }
            return missing.count
        }
        note(.notice, job: whole.id, name: whole.name, "job \(whole.name) has \(missing.count) new members")
        schedule()
        let all = try store.parts(ofJob: whole.id)
        return numbers.compactMap { member($0, of: all) }
    }

    /// A run of the source's recipe, with a chance of its own on the same data, which has been inspected.
    private func newMember(
        _ number: Int, of whole: JobRow, from source: JobRow, _ input: JobInput, _ recipe: Recipe
    ) throws -> NewJob {
        // Beside an ensemble's own members come others.
        let place = number + (whole.id == source.id ? 0 : recipe.members ?? 0)
        let overrides = input.overrides.merging(recipe.overrides(ofMember: place)) { $1 }
        let (own, findings) = Recipe.read(input.recipe, overrides: overrides)
        guard let own else { throw SimmerError.recipeInvalid(findings: findings) }
        var new = NewJob(
            name: nil, defaultName: "\(whole.name.prefix(58)).\(number)", ownerUid: whole.ownerUid,
            recipe: input.recipe, recipeDigest: Submission.digest(input.recipe, overrides))
        new.kind = own.kind
        new.state = .queued
        new.priority = whole.priority
        new.labels = whole.labels
        new.overrides = overrides
        new.files = source.files
        new.facts = source.facts
        new.keep = own.checkpoint.keep
        if let expect = own.expect {
            new.bestMetric = expect.metric
            new.bestIsHigher = expect.above != nil
        }
        new.notes[JobRow.wholeNote] = String(whole.id)
        new.notes[JobRow.partNote] = JobRow.memberPart(number)
        return new
    }

    /// What was cancelled by itself is no part any more: it is made anew.
    func letGo(_ part: inout JobRow) {
        part.notes[JobRow.wholeNote] = nil
        part.notes[JobRow.partNote] = nil
    }
}

extension JobRow {
    /// From 1, of a member.
    var memberNumber: Int? {
        guard let part = notes[Self.partNote], part.hasPrefix("member.") else { return nil }
        return Int(part.dropFirst("member.".count))
    }
}
