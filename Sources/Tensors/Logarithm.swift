/// Natural logarithm from additions and multiplications alone, so that it has the same bits on every CPU
/// (the C library picks its code by the CPU): `ln x = k ln 2 + 2 artanh((m - 1) / (m + 1))`, m in 0.7 to 1.42.
public func logarithm(_ x: Double) -> Double {
    var mantissa = x.significand
    var exponent = Double(x.exponent)
    if mantissa > 1.4142135623730951 {
        mantissa /= 2
        exponent += 1
    }
    let t = (mantissa - 1) / (mantissa + 1)
    let square = t * t
    var sum = 1 / 23.0
    sum = sum * square + 1 / 21.0
    sum = sum * square + 1 / 19.0
    sum = sum * square + 1 / 17.0
    sum = sum * square + 1 / 15.0
    sum = sum * square + 1 / 13.0
    sum = sum * square + 1 / 11.0
    sum = sum * square + 1 / 9.0
    sum = sum * square + 1 / 7.0
    sum = sum * square + 1 / 5.0
    sum = sum * square + 1 / 3.0
    sum = sum * square + 1
    return exponent * 0.6931471805599453 + 2 * t * sum
}
