/// A file of the recipe, by the path written there and the index of its descriptor among those sent with the call.
/// A folder is sent as its regular files, each with its path below the folder.
public struct DataFile: Codable, Sendable, Equatable {
    public var path: String
    public var fileDescriptor: Int

    public init(path: String, fileDescriptor: Int) {
        self.path = path
        self.fileDescriptor = fileDescriptor
    }
}

extension DataFile: Documented {
    public static var documentation: [String] {
        [
            "A file of the recipe, by the path written there and the index of its descriptor among those sent",
            "with the call. A folder is sent as its regular files, each with its path below the folder.",
        ]
    }
}
