import Recipes

/// A method as the interface declares it, made from its Swift type.
public struct MethodDeclaration: Sendable, Equatable {
    public let name: String
    public let documentation: [String]
    public let streaming: Streaming
    public let input: Fields
    public let output: Fields
    /// What of the declaration could not be read; the interface's tests hold it empty.
    public let problem: String?

    /// Reads the method's `Input` and `Output`. About 20 µs; read once for each method of `Interface.methods`.
    public static func of<M: Method>(_ method: M.Type) -> MethodDeclaration {
        known.withLock { known in
            if let declaration = known[ObjectIdentifier(method)] { return declaration }
            let declaration = read(method)
            known[ObjectIdentifier(method)] = declaration
            return declaration
        }
    }

    private static let known = Locked<[ObjectIdentifier: MethodDeclaration]>([:])

    private static func read<M: Method>(_ method: M.Type) -> MethodDeclaration {
        do {
            return MethodDeclaration(
                name: M.name, documentation: M.documentation, streaming: M.streaming,
                input: Fields(try SchemaReader.fields(of: M.Input.self)),
                output: Fields(try SchemaReader.fields(of: M.Output.self)), problem: nil)
        } catch {
            return MethodDeclaration(
                name: M.name, documentation: M.documentation, streaming: M.streaming, input: Fields([]),
                output: Fields([]), problem: "\(M.name): \(error)")
        }
    }
}
