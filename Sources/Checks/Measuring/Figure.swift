import Glibc

/// A number for a sentence, to so many significant digits: `0.0312`, `2.30`, `12,345` without the comma, `3.2e-07`.
func figure(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite else { return "not finite" }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent < -4 || exponent > 9 {
        return "\(figure(value / pow(10, Double(exponent)), digits))e\(exponent)"
    }
    let places = max(0, digits - 1 - exponent)
    let scale = pow(10, Double(places))
    let rounded = (value * scale).rounded() / scale
    return places == 0 || rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
}

/// A share in percent: `12.5 %`.
func percent(_ share: Double, _ digits: Int = 3) -> String { figure(100 * share, digits) + " %" }

/// `1 step`, `3 steps`.
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
