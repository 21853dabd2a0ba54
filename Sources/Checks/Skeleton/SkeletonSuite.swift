/// The checks of this folder.
enum SkeletonSuite {
    static var cheap: [any Check.Type] { [] }
    static var full: [any Check.Type] { [] }
}
