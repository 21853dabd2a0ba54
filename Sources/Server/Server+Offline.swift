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
        let store = try openStore(options, configuration)
        let result = try store.scrub(maxBytesPerSecond: nil)
        try store.close()
        return (result.checkedBytes, result.problems)
    }
}
