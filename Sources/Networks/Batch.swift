import Tensors

/// Memory for one batch, filled by the caller, read by `Network`. Make two to fill one while the other is in use.
///
/// Owned by one thread at a time; the caller hands it over.
public final class Batch {
    /// Examples that fit.
    public let capacity: Int
    /// Floats of one example.
    public let exampleCount: Int
    /// Targets of one example: 1 for a class, else the number of outputs; times the positions that have one each.
    public let targetCount: Int
    /// `[capacity, height, width, channels]` for images, `[capacity, features]` else.
    public let inputs: UnsafeMutablePointer<Float>
    /// `[capacity, targetCount]`, classes from 0; for cross-entropy.
    public let classes: UnsafeMutablePointer<Int32>
    /// For cross-entropy of mixed examples: the label of each one's partner, as `classes`.
    public let otherClasses: UnsafeMutablePointer<Int32>
    /// The part of `classes` where examples are mixed, the rest being that of `otherClasses`; nil where they are not.
    public var share: Float?
    /// `[capacity, outputs]`; for losses of numbers and, from 0 to 1, for binary cross-entropy.
    public let numbers: UnsafeMutablePointer<Float>
    /// `[capacity, targets, classes]`, what teachers answer at the loss's temperature: rows of probabilities; nil where
    /// the loss has no soft targets.
    public let soft: UnsafeMutablePointer<Float>?
    /// Whether binary cross-entropy takes its one target from `classes`, 0 or 1.
    public var isLabelled = false
    /// Examples filled, 1 ... capacity; an epoch's last batch is short.
    public var count: Int

    /// Memory filled with zeros.
    /// - Parameter softCount: probabilities of teachers for one example.
    public init(capacity: Int, exampleCount: Int, targetCount: Int, softCount: Int = 0) {
        self.capacity = capacity
        self.exampleCount = exampleCount
        self.targetCount = targetCount
        self.count = capacity
        inputs = .allocate(capacity: capacity * exampleCount)
        classes = .allocate(capacity: capacity * targetCount)
        otherClasses = .allocate(capacity: capacity * targetCount)
        otherClasses.initialize(repeating: 0, count: capacity * targetCount)
        numbers = .allocate(capacity: capacity * targetCount)
        soft = softCount > 0 ? .allocate(capacity: capacity * softCount) : nil
        soft?.initialize(repeating: 0, count: capacity * softCount)
        inputs.initialize(repeating: 0, count: capacity * exampleCount)
        classes.initialize(repeating: 0, count: capacity * targetCount)
        numbers.initialize(repeating: 0, count: capacity * targetCount)
    }

    deinit {
        inputs.deallocate()
        classes.deallocate()
        otherClasses.deallocate()
        numbers.deallocate()
        soft?.deallocate()
    }
}
