/// e^x from additions and multiplications alone, so that it has the same bits on every CPU; relative error below 1e-15.
/// 0 where the result is below 1e-300, infinite where it is above 1e300.
public func exponential(_ x: Double) -> Double {
    guard x > -690 else { return x.isNaN ? x : 0 }
    guard x < 690 else { return x.isNaN ? x : .infinity }
    let power = (x * 1.4426950408889634).rounded()
    // ln 2 in two parts, the first with so few digits that its product is exact.
    let rest = x - power * 0.693145751953125 - power * 1.4286068203094172e-6
    var sum = 1.0
    for term in stride(from: 17, through: 1, by: -1) { sum = 1 + sum * rest / Double(term) }
    return Double(sign: .plus, exponent: Int(power), significand: sum)
}
