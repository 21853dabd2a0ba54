import Datasets
import Recipes
import Training

extension ImproveRound {
    private static let ensembleSizes = [2, 3, 5]

    /// Q1: the mean answer of 2, 3 and 5 networks against a single one, on the validation examples; of as many as have been
    /// trained already and the budget allows. nil where answers cannot be averaged.
    func ensemble(_ twins: TwinRuns) throws(TrainingFailure) -> EnsembleTrial? {
        guard recipe.kind == .train else { return nil }
        guard try whole(0, twins).answers != nil else {
            notes.append(
                "No ensemble: what is measured are classes or numbers with one answer an example, and no more of them than "
                    + "fit in memory.")
            return nil
        }
        var sum = AnswerSum(.averageProbabilities)
        var single: [Double] = []
        var gains: [EnsembleGain] = []
        var isShare = true
        for size in 1...(Self.ensembleSizes.last ?? 1) {
            guard size <= wholeCount || hasRoom(for: (Self.ensembleSizes.last ?? size) - wholeCount) else {
                notes.append("The budget had no room for more than \(size - 1) networks in the ensemble.")
                break
            }
            guard let answers = try whole(size - 1, twins).answers else { break }
            sum.add(answers)
            isShare = answers.judgement.classes != nil
            Self.add(answers.judgement.errors.map(Double.init), to: &single)
            guard Self.ensembleSizes.contains(size) else { continue }
            let joint = sum.mean(like: answers).judgement.errors.map(Double.init)
            let differences = zip(single, joint).map { $0 / Double(size) - $1 }
            let interval = PairedBootstrap.interval(differences, seed: recipe.seed, among: Self.ensembleSizes.count)
            gains.append(
                EnsembleGain(
                    members: size, error: TwinRuns.mean(joint), gain: TwinRuns.mean(differences), low: interval.low,
                    high: interval.high))
        }
        guard !gains.isEmpty else { return nil }
        // The most members that still were better than fewer, and better than one beyond chance.
        var chosen: EnsembleGain?
        for gain in gains where gain.low > 0 && gain.error < chosen?.error ?? .infinity { chosen = gain }
        return EnsembleTrial(
            single: TwinRuns.mean(single) / Double(min(wholeCount, gains.last?.members ?? 1)), isShare: isShare,
            gains: gains,
            proposal: chosen.map {
                Proposal(
                    "Q1", "ensemble", "\($0.members) networks with seeds of their own",
                    ["kind": "ensemble", "members": "\($0.members)"])
            })
    }
}
