/// What stands for classes that have no examples where a logarithm is taken of the classes' shares.
package enum AbsentClasses {
    /// The counts, in which all classes of none have half an example together: log 0 is no number, and half an example for
    /// each of very many would outweigh those that are there.
    package static func filled(_ counts: [Int]) -> [Double] {
        let absent = Double(counts.count { $0 <= 0 })
        return counts.map { $0 > 0 ? Double($0) : 0.5 / absent }
    }
}
