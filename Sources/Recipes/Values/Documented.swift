/// A value of the interface that has words of its own in its text (`io.simmer.varlink`) and manual page.
public protocol Documented {
    /// The name in the interface; the Swift name unless that is taken there by something else.
    static var interfaceName: String { get }
    /// Comment lines above the type.
    static var documentation: [String] { get }
    /// Comment lines above single fields, by the field's name.
    static var fieldDocumentation: [String: String] { get }
}

extension Documented {
    public static var interfaceName: String { String(describing: Self.self) }
    public static var documentation: [String] { [] }
    public static var fieldDocumentation: [String: String] { [:] }
}
