import Recipes
import Wire

extension FreshFile {
    /// A new file of this name that the daemon writes: whole, or not at all.
    /// - Parameters:
    ///   - progress: of a reply, for the person who waits.
    ///   - isResult: whether a reply says what was written.
    static func export<M: Method>(
        _ method: M.Type, _ input: M.Input, to path: String, force: Bool, _ common: CommonOptions,
        progress: (M.Output) -> OperationProgress?, isResult: (M.Output) -> Bool
    ) throws -> M.Output? {
        let file = try FreshFile(path, force: force)
        let interruption = Interruption(
            note: "simmer: nothing was written to \(path.escaped())", cleanUp: file.discarding)
        defer { interruption.end() }
        let meter = Meter(common.screen)
        defer { meter.clear() }
        var result: M.Output?
        do {
            try common.daemon().stream(method, input, descriptors: [file.descriptor], silence: 600) { output in
                meter.show(progress(output))
                if isResult(output) { result = output }
                return true
            }
            try file.publish()
        } catch {
            file.discard()
            throw error
        }
        return result
    }
}
