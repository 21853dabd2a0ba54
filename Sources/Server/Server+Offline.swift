import Glibc
import Recipes
import Storage

extension Server {
    /// Reads the configuration as a start would.
    /// - Throws: `StartError` with all findings.
    public static func checkConfiguration(_ options: Options) throws {
        _ = try ConfigurationFile.read(options)
    }

    /// Takes the store's lock and reads every chunk and row: bytes read, and what is damaged.
    /// - Throws: `StartError`, also where a daemon holds the store.
    public static func checkStore(_ given: Options) throws -> (bytes: Int, problems: [Finding]) {
        var options = given
        let configuration = try ConfigurationFile.read(options)
        options.apply(configuration)
        // Opening would make one.
        let database = options.stateDirectory + "/simmer.db"
        guard access(database, F_OK) == 0 else {
            throw StartError(
                .failed, "There is no store in \(options.stateDirectory).",
                hint: "Name the folder that has simmer.db with --state-dir.")
        }
        let store = try openStore(options, configuration)
        let result = try store.scrub(maxBytesPerSecond: nil)
        try store.close()
        return (result.checkedBytes, result.problems)
    }
}
