import Datasets
import Recipes

/// Draws pages of examples for a person to look at.
package struct ExampleShower {
    private let dataset: Dataset
    private let request: ShowRequest
    private let sheet: ContactSheet?
    /// By split, where lines are documents.
    private var documents: [String: SplitText] = [:]

    /// Characters of a text at most, where few are shown, and where many are.
    private static let mostCharacters = (few: 2_000, many: 200)

    /// - Parameter isOfLines: whether the examples are the lines of a text, one a document.
    package init(_ dataset: Dataset, isOfLines: Bool, _ request: ShowRequest) {
        self.dataset = dataset
        if isOfLines {
            for name in ["training", "validation", "test"] { documents[name] = dataset.subset(named: name)?.text }
        }
        self.request = request
        sheet = ContactSheet(dataset.facts)
    }

    /// - Precondition: `index` is one of the request's pages.
    package func page(_ index: Int) -> ShownPage {
        let page = request.pages[index]
        let places = page.places.prefix(ShowRequest.pageSize).filter { place in
            let count = documents[place.split]?.documents.count ?? dataset.subset(named: place.split)?.count
            return place.position >= 0 && place.position < count ?? 0
        }
        var shown = ShownPage(index: index, examples: places.map { ShownExample(place: $0) })
        guard !places.isEmpty else { return shown }
        if let sheet {
            if request.sheets {
                shown.picture = sheet.picture(page.name, caption: page.caption, inputs: inputs(places, stored: false))
            }
            if request.pixels { addPixels(&shown, places) }
        } else if !dataset.facts.vocabulary.isEmpty {
            addText(&shown, places)
        } else {
            addNumbers(&shown, places)
        }
        return shown
    }

    /// One example after the other.
    /// - Parameter stored: as the file has them, before they are normalised.
    private func inputs(_ places: [ExamplePlace], stored: Bool) -> [Float] {
        let size = dataset.training.elementCount
        return [Float](unsafeUninitializedCapacity: places.count * size) { buffer, count in
            buffer.initialize(repeating: 0)
            count = buffer.count
            guard let base = buffer.baseAddress else { return }
            for (index, place) in places.enumerated() {
                guard let subset = dataset.subset(named: place.split) else { continue }
                if stored {
                    subset.fill(stored: base + index * size, [UInt32(place.position)])
                } else {
                    subset.fill(inputs: base + index * size, [UInt32(place.position)])
                }
            }
        }
    }

    // MARK: Images

    private func addPixels(_ shown: inout ShownPage, _ places: [ExamplePlace]) {
        let shape = dataset.facts.inputShape
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let kept = channels >= 3 ? 3 : 1
        var step = 1
        while (height / step) * (width / step) * kept * places.count > ShowRequest.mostPixelBytes,
            step < min(height, width)
        {
            step += 1
        }
        let values = inputs(places, stored: true)
        let (low, factor) = Self.range(values)
        let size = channels * height * width
        let (tileHeight, tileWidth) = (max(height / step, 1), max(width / step, 1))
        for index in places.indices {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(tileHeight * tileWidth * kept)
            for row in 0..<tileHeight {
                for column in 0..<tileWidth {
                    for channel in 0..<kept {
                        var sum: Float = 0
                        for y in row * step..<min((row + 1) * step, height) {
                            for x in column * step..<min((column + 1) * step, width) {
                                sum += values[index * size + (y * width + x) * channels + channel]
                            }
                        }
                        let value = (sum / Float(step * step) - low) * factor
                        bytes.append(value.isFinite ? UInt8(max(0, min(255, value.rounded()))) : 0)
                    }
                }
            }
            shown.examples[index].height = tileHeight
            shown.examples[index].width = tileWidth
            shown.examples[index].channels = kept
            shown.examples[index].pixels = Base64.encode(bytes)
        }
    }

    /// Bytes stay as they are; other numbers are spread over their own range.
    private static func range(_ values: [Float]) -> (low: Float, factor: Float) {
        var (low, high): (Float, Float) = (.infinity, -.infinity)
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
        }
        guard low <= high else { return (0, 1) }
        if low >= 0, high <= 1 { return (0, 255) }
        if low >= 0, high <= 255 { return (0, 1) }
        return (low, 255 / max(high - low, .leastNormalMagnitude))
    }

    // MARK: Words

    private func addText(_ shown: inout ShownPage, _ places: [ExamplePlace]) {
        let size = dataset.training.elementCount
        let most = places.count > 32 ? Self.mostCharacters.many : Self.mostCharacters.few
        let names = dataset.facts.vocabulary
        if !documents.isEmpty {
            for (index, place) in places.enumerated() {
                guard let text = documents[place.split] else { continue }
                let words = text.tokens[text.documents[place.position]].map {
                    names.indices.contains(Int($0)) ? names[Int($0)] : ""
                }
                shown.examples[index].text = String(words.joined().prefix(most))
            }
            return
        }
        let tokens = inputs(places, stored: false)
        for index in places.indices {
            let words = tokens[index * size..<(index + 1) * size].compactMap { token -> String? in
                Int(exactly: token).flatMap { names.indices.contains($0) ? names[$0] : nil }
            }
            shown.examples[index].text = String(words.joined().prefix(most))
        }
    }

    private func addNumbers(_ shown: inout ShownPage, _ places: [ExamplePlace]) {
        let size = dataset.training.elementCount
        let values = inputs(places, stored: true)
        let names = dataset.inputNames
        // A line of forty values is as much as anybody compares.
        let most = places.count > 32 ? 12 : 40
        for index in places.indices {
            let parts = (0..<min(size, most)).map { place in
                (names.indices.contains(place) ? "\(names[place]) " : "") + Self.short(values[index * size + place])
            }
            shown.examples[index].text = parts.joined(separator: ", ") + (size > most ? ", …" : "")
        }
    }

    private static func short(_ value: Float) -> String {
        if let whole = Int(exactly: value), whole.magnitude < 1_000_000 { return String(whole) }
        return "\((value * 1_000).rounded() / 1_000)"
    }
}
