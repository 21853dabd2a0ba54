/// Which rows of a series stay as they are, and which become buckets: a function of how many rows it has, and of nothing
/// else, so that a run that was killed and resumed ends with the same rows as one that was not.
///
/// The newest rows stay. Behind them every eight rows become a bucket, of those the newest 512 stay, behind them every
/// eight buckets become one of the next level, and so on: a million rows leave 2,048 rows and some 2,500 buckets.
enum MetricThinning {
    /// Rows in a bucket of level 1, buckets in one of the next level.
    static let fan = 8
    /// Buckets of one level that stay.
    static let keptBuckets = 512

    /// Rows that stay. What training tells by itself is thinned before what an evaluation measured, which is rarer and
    /// dearer; a series that is shorter stays whole.
    static func keptRows(of name: String) -> Int {
        name.hasPrefix("train.") || name == "rate" ? 2_048 : 8_192
    }
}
