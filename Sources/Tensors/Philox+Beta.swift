/// Numbers of the beta distribution, the same bits on every CPU.
extension Philox {
    /// Beta(alpha, alpha), alpha > 0: what two numbers of the gamma distribution are of their sum. They are held as
    /// logarithms, so that a small alpha, whose numbers are nearly 0 or 1, keeps its digits. Draw `index` of the stream at
    /// `step`; its blocks are those of `index` << 32 and after.
    public func beta(_ alpha: Double, step: UInt64, index: UInt64) -> Double {
        var block = index << 32
        let first = logGamma(alpha, step, &block)
        let second = logGamma(alpha, step, &block)
        return 1 / (1 + exponential(second - first))
    }

    /// The logarithm of a number of Gamma(shape, 1): Marsaglia and Tsang 2000, "A simple method for generating gamma
    /// variables", ACM Transactions on Mathematical Software 26, for shape + 1, and their step down to any shape. One try
    /// in 20 is refused at most.
    private func logGamma(_ shape: Double, _ step: UInt64, _ block: inout UInt64) -> Double {
        let d = shape + 2.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let words = self.block(step: step, index: block)
            block += 1
            func uniform(_ place: Int) -> Double { (Double(words[place]) + 0.5) * 0x1p-32 }
            let x = Normal.quantile(uniform(0))
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let logV = 3 * logarithm(root)
            guard logarithm(uniform(1)) < 0.5 * x * x + d - d * v + d * logV else { continue }
            return logarithm(d) + logV + logarithm(uniform(2)) / shape
        }
    }
}
