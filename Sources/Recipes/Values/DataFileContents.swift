/// How much of one data file is to be said, and what it is.
public struct DataFileRequest: Codable, Sendable, Equatable {
    /// Rows shown at most, and where nobody says how many.
    public static let mostSamples = 100
    public static let usualSamples = 5
    /// Rows read where nobody says how many.
    public static let usualRows = 1_000_000

    /// nil where the file's first bytes are to tell it.
    public var format: DataFileFormat?
    public var sampleRows: Int
    public var maxRows: Int

    public init(
        format: DataFileFormat? = nil, sampleRows: Int = DataFileRequest.usualSamples,
        maxRows: Int = DataFileRequest.usualRows
    ) {
        self.format = format
        self.sampleRows = sampleRows
        self.maxRows = maxRows
    }
}

/// What one data file holds.
public struct DataFileContents: Codable, Sendable, Equatable {
    public var format: DataFileFormat
    /// Rows of csv below the header, the first dimension of idx and npy, lines of text that are not empty, 1 for an
    /// image; nil where the file was not read to its end and does not say.
    public var rows: Int?
    /// Of a row of idx and npy that is more than a number; height, width and channels of an image.
    public var shape: [Int]?
    /// As the file lies on the disk, packed or not.
    public var sizeBytes: Int
    public var columns: [DataColumn]
    /// The first rows, each an object.
    public var samples: [JSONValue]
    public var findings: [Finding]

    public init(
        format: DataFileFormat, rows: Int? = nil, shape: [Int]? = nil, sizeBytes: Int, columns: [DataColumn] = [],
        samples: [JSONValue] = [], findings: [Finding] = []
    ) {
        self.format = format
        self.rows = rows
        self.shape = shape
        self.sizeBytes = sizeBytes
        self.columns = columns
        self.samples = samples
        self.findings = findings
    }
}
