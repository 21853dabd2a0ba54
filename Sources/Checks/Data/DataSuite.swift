/// The checks of this folder.
enum DataSuite {
    static var cheap: [any Check.Type] { [] }
    static var full: [any Check.Type] { [] }
}
