import Datasets
import Glibc
import Networks
import Recipes
import Tensors

/// What teachers answer to all that a student learns from, as `SavedAnswersLayout` lays it out.
public struct SavedAnswers {
    private let layout: SavedAnswersLayout
    private let targetsPerExample: Int
    /// `[teachers, rows, classes]`, logits.
    private let logits: FloatMemory
    /// Of one batch, put together from its examples.
    private let batch: FloatMemory

    /// Reads them.
    /// - Parameter key: of the job that asks: answers to other questions, or of others, are refused.
    /// - Throws: `TrainingFailure` where the file is damaged, or holds something else.
    public init(_ file: SourceFile, key: String, recipe: Recipe, facts: DataFacts) throws(TrainingFailure) {
        func refuse(_ why: String) -> TrainingFailure {
            TrainingFailure(
                code: .dataError,
                message: "The teachers' answers that the job keeps cannot be used: \(why) Submit it again."
            )
        }
        guard let layout = SavedAnswersLayout(facts, teachers: recipe.teachers.count) else {
            throw refuse("the targets are no classes.")
        }
        let header: [UInt8]
        do {
            header = try layout.header(key: key).encoded()
        } catch {
            throw refuse("\(error).")
        }
        // The header is a function of the shapes and the key: any other one is of other answers.
        var found = [UInt8](repeating: 0, count: header.count)
        let hasHeader = found.withUnsafeMutableBytes { Self.read(file.descriptor, $0, at: 0) }
        guard hasHeader, found == header else { throw refuse("they are of other teachers, data or normalisation.") }
        let count = layout.teachers * layout.rows * layout.classes
        logits = FloatMemory(count: count)
        let isWhole = Self.read(
            file.descriptor, UnsafeMutableRawBufferPointer(start: logits.base, count: 4 * count), at: header.count)
        guard isWhole else { throw refuse("the file ends too soon.") }
        self.layout = layout
        targetsPerExample = facts.targetsPerExample
        batch = FloatMemory(count: recipe.batch * facts.targetsPerExample * layout.classes)
    }

    /// Bytes of memory.
    var memoryBytes: Int { layout.byteCount + 4 * batch.count }

    /// The soft targets of the model's batch, which holds the examples at `positions`: the same bits as teachers that are
    /// asked now.
    func answer(_ positions: ArraySlice<UInt32>, _ model: Model, temperature: Double) {
        let size = targetsPerExample * layout.classes
        for teacher in 0..<layout.teachers {
            let own = logits.base + teacher * layout.rows * layout.classes
            for (place, position) in positions.enumerated() {
                (batch.base + place * size).update(from: own + Int(position) * size, count: size)
            }
            model.network.soften(
                batch.base, model.batch, temperature: temperature, share: 1 / Double(layout.teachers), adds: teacher > 0
            )
        }
    }

    /// Asks each teacher about each example once, and writes what it says. One pass over the examples for each.
    /// - Parameters:
    ///   - descriptor: open for writing.
    ///   - key: what the answers are found by.
    /// - Throws: `TrainingFailure` where weights cannot be used, an answer is not finite, or nothing can be written.
    public static func write(
        _ teachers: [TeacherSource], student: Recipe, _ dataset: Dataset, to descriptor: Int32, key: String,
        threads: Int
    ) throws(TrainingFailure) {
        func fail(_ why: String) -> TrainingFailure {
            TrainingFailure(code: .ioError, message: "The teachers' answers cannot be kept: \(why)")
        }
        guard let layout = SavedAnswersLayout(dataset.facts, teachers: teachers.count) else {
            throw fail("the targets are no classes.")
        }
        let header: [UInt8]
        do {
            header = try layout.header(key: key).encoded()
        } catch {
            throw fail("\(error).")
        }
        guard header.withUnsafeBytes({ write($0, to: descriptor, at: 0) }) else { throw fail(word(errno)) }
        let pool = ThreadPool(threads: threads)
        let size = dataset.facts.targetsPerExample * layout.classes
        for (index, source) in teachers.enumerated() {
            let model = try source.model(batch: student.batch, pool: pool)
            let start = header.count + 4 * index * layout.rows * layout.classes
            for first in stride(from: 0, to: dataset.learned.count, by: student.batch) {
                let end = min(first + student.batch, dataset.learned.count)
                model.fill(dataset.learned, ArraySlice((UInt32(first)..<UInt32(end)).map { $0 }))
                _ = model.network.evaluate(model.batch, parameters: nil)
                let answers = UnsafeBufferPointer(start: model.network.outputs, count: (end - first) * size)
                guard answers.allSatisfy(\.isFinite) else {
                    throw TrainingFailure(
                        code: .dataError,
                        message:
                            "Answers of \(source.record.name) are infinite or not numbers: nothing is learned from them."
                    )
                }
                guard write(UnsafeRawBufferPointer(answers), to: descriptor, at: start + 4 * first * size) else {
                    throw fail(word(errno))
                }
            }
        }
    }

    private static func word(_ number: Int32) -> String {
        (strerror(number).map { String(cString: $0) } ?? "error \(number)") + "."
    }

    private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
