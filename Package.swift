// swift-tools-version: 6.2
import PackageDescription

// In CI a warning is an error; on a user's machine a newer compiler's new warning must not stop the build.
let strict = Context.environment["CI"] != nil

let swift: [SwiftSetting] =
    [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
    + (strict ? [.treatAllWarnings(as: .error)] : [])

let c: [CSetting] =
    [
        .unsafeFlags(["-O2"], .when(configuration: .debug)),
        .enableWarning("all"), .enableWarning("extra"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let package = Package(
    name: "simmer",
    products: [
        .executable(name: "simmer", targets: ["simmer"]),
        .executable(name: "simmerd", targets: ["simmerd"]),
        .executable(name: "simmer-worker", targets: ["simmer-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPng", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJpeg", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),

        // What a user says and hears, the wire, the store.
        .target(name: "Recipes", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: swift),
        .target(name: "CLinux", cSettings: c),
        .target(name: "Wire", dependencies: ["Recipes", "CLinux"], swiftSettings: swift),
        .target(
            name: "Storage",
            dependencies: [
                "Recipes", "CCrypto",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: swift),

        // The mathematics.
        .target(name: "CKernels", cSettings: c),
        .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: swift),
        .target(name: "Networks", dependencies: ["CKernels", "Tensors", "Recipes"], swiftSettings: swift),
        .target(
            name: "Datasets", dependencies: ["Tensors", "Recipes", "CZlib", "CPng", "CJpeg"], swiftSettings: swift),
        .target(
            name: "Training", dependencies: ["Networks", "Datasets", "Tensors", "Recipes"], swiftSettings: swift),
        .target(
            name: "Checks", dependencies: ["Training", "Networks", "Datasets", "Tensors", "Recipes"],
            swiftSettings: swift),

        // Where they meet.
        .target(
            name: "Worker", dependencies: ["Checks", "Training", "Datasets", "Tensors", "Wire", "Recipes", "CLinux"],
            swiftSettings: swift),
        .target(
            name: "Server",
            dependencies: [
                "Storage", "Wire", "Recipes", "CSystemd", "CLinux", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: swift),

        // Text on a terminal, and the client's screens as pure functions of what the wire says.
        .target(name: "Terminal", dependencies: ["Recipes"], swiftSettings: swift),
        // Pictures and pages for a browser, likewise.
        .target(name: "Reports", dependencies: ["Recipes"], swiftSettings: swift),

        // The three programs.
        .executableTarget(
            name: "simmerd",
            dependencies: [
                "Server", "Wire", "Recipes", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: swift),
        .executableTarget(name: "simmer-worker", dependencies: ["Worker"], swiftSettings: swift),
        .executableTarget(
            name: "simmer",
            dependencies: [
                "Terminal", "Reports", "Wire", "Recipes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: swift),

        // One test target a room; ProgramTests runs the built programs.
        .testTarget(name: "RecipesTests", dependencies: ["Recipes"], swiftSettings: swift),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Recipes", "CLinux"], swiftSettings: swift),
        .testTarget(name: "TerminalTests", dependencies: ["Terminal", "Recipes"], swiftSettings: swift),
        .testTarget(name: "ReportsTests", dependencies: ["Reports", "Recipes"], swiftSettings: swift),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "Recipes", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: swift),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], swiftSettings: swift),
        .testTarget(name: "NetworksTests", dependencies: ["Networks", "Tensors", "Recipes"], swiftSettings: swift),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Tensors", "Recipes"], swiftSettings: swift),
        .testTarget(
            name: "TrainingTests", dependencies: ["Training", "Networks", "Datasets", "Tensors", "Recipes"],
            swiftSettings: swift),
        .testTarget(
            name: "ChecksTests", dependencies: ["Checks", "Training", "Networks", "Datasets", "Tensors", "Recipes"],
            swiftSettings: swift),
        .testTarget(
            name: "WorkerTests", dependencies: ["Worker", "Training", "Wire", "Recipes"], swiftSettings: swift),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Storage", "Wire", "Recipes", .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: swift),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "Wire", "Recipes", "CLinux", "simmer", "simmerd", "simmer-worker",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: swift),
    ]
)
