import Foundation
import Testing

/// The client links no SQLite, the worker none; images are the worker's; nobody a BLAS.
struct LinkTests {
    @Test(arguments: [
        ("simmer", ["openblas", "sqlite", "libsystemd", "png", "jpeg"]), ("simmerd", ["openblas", "png", "jpeg"]),
        ("simmer-worker", ["openblas", "sqlite"]),
    ])
    func programLinksOnlyItsOwn(program: String, forbidden: [String]) throws {
        let outcome = try Programs.run(
            URL(fileURLWithPath: "/usr/bin/readelf"), ["-d", Programs.path(program).path])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("NEEDED"))
        for library in forbidden { #expect(!outcome.output.contains(library), "\(program) links \(library)") }
    }
}
