/// e^x from additions and multiplications alone, so that it has the same bits on every CPU; relative error below 1e-15.
/// 0 where the result is below 1e-300, infinite where it is above 1e300.
public func exponential(_ x: Double) -> Double {
    guard x > -690 else { return x.isNaN ? x : 0 }
    guard x < 690 else { return x.isNaN ? x : .infinity }
    let power = (x * 1.4426950408889634).rounded()
    // ln 2 in two parts, the first with so few digits that its product is exact.
    let rest = x - power * 0.693145751953125 - power * 1.4286068203094172e-6
    // Taylor's series by Horner's rule: of at most half of ln 2, the term behind the last is below 1e-18.
    var sum = 1 / 87_178_291_200.0
    sum = sum * rest + 1 / 6_227_020_800.0
    sum = sum * rest + 1 / 479_001_600.0
    sum = sum * rest + 1 / 39_916_800.0
    sum = sum * rest + 1 / 3_628_800.0
    sum = sum * rest + 1 / 362_880.0
    sum = sum * rest + 1 / 40_320.0
    sum = sum * rest + 1 / 5_040.0
    sum = sum * rest + 1 / 720.0
    sum = sum * rest + 1 / 120.0
    sum = sum * rest + 1 / 24.0
    sum = sum * rest + 1 / 6.0
    sum = sum * rest + 1 / 2.0
    sum = sum * rest + 1
    sum = sum * rest + 1
    return Double(sign: .plus, exponent: Int(power), significand: sum)
}
