import Dispatch
import Glibc
import Recipes

/// Reads images out of tar archives of class folders.
struct ImageLoader {
    let recipe: Recipe
    let files: [SourceFile]

    init(_ recipe: Recipe, _ files: [SourceFile]) {
        self.recipe = recipe
        self.files = files
    }

    func load() throws(DatasetError) -> Parts {
        let splits = try reported { () throws(DataFault) in try NamedSplits(recipe, files) }
        let training = try reported { () throws(DataFault) in try ImageSource.all(in: splits.training.inputs) }
        let names = Set(training.map(\.className)).sorted()
        if names.count < 2, let file = splits.training.inputs.first {
            throw DatasetError(findings: [
                file.fault(
                    .few,
                    "all \(training.count) images lie in one folder, '\(names.first ?? "")': there is nothing to "
                        + "tell apart.", hint: "Put the images of each class in a folder of their own."
                ).finding
            ])
        }
        let frame = try ImageFrame(of: training, size: recipe.data.size, channels: recipe.data.channels)
        let labelOf = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
        func examples(_ sources: [ImageSource], like frame: ImageFrame) throws(DatasetError) -> ExampleSet {
            var labels: [Int32] = []
            for source in sources {
                guard let label = labelOf[source.className] else {
                    throw DatasetError(findings: [
                        source.fault(
                            ImageFault(
                                .label,
                                "the folder '\(source.className)' is not one of the classes of the training data: "
                                    + "\(names.prefix(10).joined(separator: ", ")).")
                        ).finding
                    ])
                }
                labels.append(label)
            }
            let decoded = try frame.pixels(of: sources)
            return ExampleSet(
                shape: frame.shape, count: sources.count, inputs: .bytes(decoded.bytes),
                targets: .classes(labels), origins: ImageSource.origins(of: sources), sizes: decoded.sizes)
        }
        func others(_ named: NamedFiles?) throws(DatasetError) -> ExampleSet? {
            guard let named else { return nil }
            let sources = try reported { () throws(DataFault) in try ImageSource.all(in: named.inputs) }
            return try examples(sources, like: try frame.checked(sources, isFixed: recipe.data.size == nil))
        }
        return Parts(
            training: try examples(training, like: frame), validation: try others(splits.validation),
            test: try others(splits.test), made: try others(splits.made), target: .classes(names))
    }
}

/// One image of an archive, or a file that is an image.
struct ImageSource: Sendable {
    let file: NamedFile
    /// In the archive; nil for a file by itself.
    let name: String?
    let offset: Int
    let size: Int
    /// The folder that holds it.
    let className: String

    /// The images of archives: in each by name, so that the order in which an archive was written does not matter.
    static func all(in archives: [NamedFile], areLabelled: Bool = true) throws(DataFault) -> [ImageSource] {
        var sources: [ImageSource] = []
        for archive in archives {
            var own: [ImageSource] = []
            for entry in try TarArchive(archive).entries {
                let parts = entry.name.split(separator: "/").filter { $0 != "." }
                // What file managers and macOS's tar leave behind.
                if parts.contains(where: { $0.hasPrefix(".") }) { continue }
                guard parts.count > 1 || !areLabelled else {
                    throw archive.fault(
                        .label, "'\(entry.name)' lies in no folder: its class is not known.",
                        hint: "Put it into the folder of its class.")
                }
                let folder = parts.dropLast().last.map(String.init) ?? ""
                own.append(
                    ImageSource(
                        file: archive, name: entry.name, offset: entry.offset, size: entry.size, className: folder))
            }
            guard !own.isEmpty else { throw archive.fault(.few, "there is no image in the archive.") }
            own.sort { ($0.name ?? "") < ($1.name ?? "") }
            if let twice = zip(own, own.dropFirst()).first(where: { $0.name == $1.name })?.0.name {
                throw archive.fault(.count, "'\(twice)' is in the archive twice.", hint: "Make the archive anew.")
            }
            sources += own
        }
        return sources
    }

    /// Archive by archive, as `all` put them.
    static func origins(of sources: [ImageSource]) -> Origins {
        var origins = Origins()
        var rest = sources[...]
        while let path = rest.first?.file.path {
            let own = rest.prefix { $0.file.path == path }
            origins.add(path, .names(own.map { $0.name ?? "" }))
            rest = rest.dropFirst(own.count)
        }
        return origins
    }

    /// The image's own bytes.
    func bytes() throws(DataFault) -> [UInt8] {
        guard size <= ImageFile.limit else {
            throw fault(ImageFault(.size, "\(size) bytes; at most \(ImageFile.limit >> 20) MiB are read."))
        }
        return try file.bytes(at: offset, size)
    }

    func fault(_ fault: ImageFault) -> DataFault {
        file.fault(fault.code, name.map { "\($0): \(fault.message)" } ?? fault.message, hint: fault.hint)
    }
}

/// The size and channels that all images of a job are brought to.
struct ImageFrame: Sendable {
    let height: Int
    let width: Int
    let channels: Int

    var shape: [Int] { [channels, height, width] }
    private var byteCount: Int { height * width * channels }

    init(shape: [Int]) {
        channels = shape.first ?? 1
        height = shape.count == 3 ? shape[1] : 1
        width = shape.count == 3 ? shape[2] : 1
    }

    /// Finds size and channels where the recipe leaves them open: the one size of all images, and 3 channels where any
    /// has colours.
    init(of sources: [ImageSource], size: [Int]?, channels: Int?) throws(DatasetError) {
        let headers = Locked([ImageFile.Header?](repeating: nil, count: sources.count))
        if size == nil || channels == nil {
            try Self.each(sources) { (index, bytes) throws(ImageFault) in
                let header = try ImageFile.header(bytes)
                headers.withLock { $0[index] = header }
            }
        }
        let found = headers.value.compactMap { $0 }
        self.channels = channels ?? (found.allSatisfy(\.isGrey) ? 1 : 3)
        height = size?.first ?? found.first?.height ?? 1
        width = size?.last ?? found.first?.width ?? 1
        if size == nil { try expectSize(found, sources) }
    }

    /// Itself, where images of another split fit it.
    func checked(_ sources: [ImageSource], isFixed: Bool) throws(DatasetError) -> ImageFrame {
        guard isFixed else { return self }
        let headers = Locked([ImageFile.Header?](repeating: nil, count: sources.count))
        try Self.each(sources) { (index, bytes) throws(ImageFault) in
            let header = try ImageFile.header(bytes)
            headers.withLock { $0[index] = header }
        }
        try expectSize(headers.value.compactMap { $0 }, sources)
        return self
    }

    private func expectSize(_ headers: [ImageFile.Header], _ sources: [ImageSource]) throws(DatasetError) {
        let odd = zip(headers, sources).first { $0.0.height != height || $0.0.width != width }
        guard let (header, source) = odd else { return }
        throw DatasetError(findings: [
            source.fault(
                ImageFault(
                    .shape, "\(header.height) × \(header.width) pixels, and others have \(height) × \(width).",
                    hint: "`data.size: [\(height), \(width)]` brings all images to one size.")
            ).finding
        ])
    }

    /// All images, `[count, height, width, channels]`, and how large they were; no sizes where all had this one. Several
    /// threads decode.
    func pixels(of sources: [ImageSource]) throws(DatasetError) -> (bytes: [UInt8], sizes: [ImageSize]) {
        let (total, overflow) = byteCount.multipliedReportingOverflow(by: sources.count)
        let memory = MemoryLimit.current
        guard !overflow, total <= memory.byteCount else {
            let place = memory.isMachine ? "this machine's" : "this worker's"
            throw DatasetError(findings: [
                DataFault(
                    .size,
                    "\(sources.count) images of \(height) × \(width) × \(channels) bytes do not fit into \(place) "
                        + "\(memory.byteCount >> 20) MiB of memory.", key: "data.size",
                    hint: "Take a smaller `data.size`, or fewer images"
                        + (memory.isMachine ? "." : "; or allow more by `limits.worker_memory` in simmerd.yaml.")
                ).finding
            ])
        }
        var result = [UInt8](repeating: 0, count: total)
        // Closures with a typed error cannot pass one through the buffer's own rethrows.
        var failure: DatasetError?
        let own = ImageSize(height: height, width: width)
        let sizes = Locked([ImageSize](repeating: own, count: sources.count))
        result.withUnsafeMutableBufferPointer { buffer in
            let shared = SharedBuffer(buffer)
            do throws(DatasetError) {
                try Self.each(sources) { (index, bytes) throws(ImageFault) in
                    var image = try ImageFile.pixels(bytes, channels: channels)
                    if image.height != height || image.width != width {
                        let size = ImageSize(height: image.height, width: image.width)
                        sizes.withLock { $0[index] = size }
                        image = image.resized(height: height, width: width)
                    }
                    _ = shared.part(index * byteCount, byteCount).update(from: image.bytes)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let found = sizes.value
        return (result, found.allSatisfy { $0 == own } ? [] : found)
    }

    /// Calls `body` for each image on several threads.
    /// - Throws: the faults of the images that have one, in their order.
    private static func each(
        _ sources: [ImageSource], _ body: @Sendable (Int, [UInt8]) throws(ImageFault) -> Void
    ) throws(DatasetError) {
        let faults = Locked([(index: Int, fault: DataFault)]())
        let chunk = 16
        DispatchQueue.concurrentPerform(iterations: (sources.count + chunk - 1) / chunk) { part in
            for index in part * chunk..<min((part + 1) * chunk, sources.count) {
                let fault = fault(sources[index], index, body)
                if let fault { faults.withLock { $0.append((index, fault)) } }
            }
        }
        var found = Faults()
        for (_, fault) in faults.value.sorted(by: { $0.index < $1.index }) { found.add(fault) }
        try found.check()
    }

    private static func fault(
        _ source: ImageSource, _ index: Int, _ body: (Int, [UInt8]) throws(ImageFault) -> Void
    ) -> DataFault? {
        do throws(DataFault) {
            let bytes = try source.bytes()
            do throws(ImageFault) {
                try body(index, bytes)
            } catch {
                return source.fault(error)
            }
        } catch {
            return error
        }
        return nil
    }
}
