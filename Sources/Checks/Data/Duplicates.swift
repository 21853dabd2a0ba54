/// Rows that are equal in every number.
struct Duplicates {
    /// Groups of two or more, by their first row; rows ascending.
    let groups: [[Int]]
    /// For a row the first one that equals it, where that is another.
    let first: [Int?]

    init(_ survey: Survey) {
        var rows: [ExampleHash: Int] = [:]
        rows.reserveCapacity(survey.rowCount)
        var first = [Int?](repeating: nil, count: survey.rowCount)
        var members: [Int: [Int]] = [:]
        for (row, hash) in survey.hashes.enumerated() {
            guard let earlier = rows[hash] else {
                rows[hash] = row
                continue
            }
            first[row] = earlier
            members[earlier, default: [earlier]].append(row)
        }
        self.first = first
        groups = members.values.sorted { $0[0] < $1[0] }
    }
}
