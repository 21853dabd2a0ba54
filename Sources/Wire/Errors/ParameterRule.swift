import Recipes

extension StandardError {
    /// What the refused parameter must be, for a person: the interface's error names the parameter alone. nil where the name
    /// says it, or where only a program can have sent it.
    public var rule: String? {
        guard case .invalidParameter(let parameter) = self else { return nil }
        return Self.rules[parameter]
    }

    private static let name =
        "A name is a letter or digit, then at most 63 letters, digits, dots, underscores and hyphens."

    private static let rules: [String: String] = [
        "answers": "Answer with classes of the data, one for each example that was shown.",
        "average": "One average of a checkpoint can be named: 'simmer checkpoint show' lists those it has.",
        "column": "'simmer data show' lists the columns.",
        "fileDescriptor":
            "Send an open file with the call and its place among the descriptors: no path of a caller's is opened.",
        "fileName": "The name of one file, of letters, digits, dots, underscores and hyphens, without a folder.",
        "format": "One of \(DataFileFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
        "fromStep": "A step from 0 on.",
        "keep": "A number of backups from 1 to 10000.",
        "keepBest": "A number of checkpoints from 0 on; without it retention does not go by it.",
        "keepEvery": "A number of steps from 1 on.",
        "keepLast": "A number of checkpoints from 0 on; without it retention does not go by it.",
        "labels": "At most 64 labels, their keys of at most 64 and their values of at most 256 characters.",
        "level": "A level from 0 (emergencies) to 7 (debugging).",
        "limit": "A number from 1 on, and not above a few hundred: ask for the rest with another offset.",
        "maxBytesPerSecond": "A number of bytes from 1 on.",
        "maxPoints": "A number of points from 1 to 20000.",
        "maxRows": "A number of rows from 1 on.",
        "members": "Some checkpoints, at most 64; with snapshots the one trunk that they are of.",
        "name": name,
        "pages": "Pages from 0 on.",
        "priority": "A whole number from -1000 to 1000; more is earlier.",
        "sampleRows": "A number of rows from 0 to \(DataFileRequest.mostSamples).",
        "seconds": "A time of 0.1 to 3600 seconds.",
        "seeds": "A number of seeds from 1 to 20.",
        "shape": "'linear', 'cosine' or '1-sqrt'.",
        "share": "A share of the steps done, above 0: 0.2 is a fifth more.",
        "shrink": "The share of the width that the student has, above 0 and below 1.",
        "snapshots": "A number of snapshots from 2 to 64.",
        "split": "'validation' or 'test'.",
        "steps": "A number of steps from 4 on.",
        "tag": name,
        "temperature": "A number above 0.",
        "timeoutUsec": "A time from 0 on.",
        "toStep": "A step behind the first one; in one reply at most 1000 steps.",
        "totalSteps": "The total is at least 1.",
        "trials": "4 to 500 trials.",
    ]
}
