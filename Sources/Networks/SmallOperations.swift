import CKernels
import Tensors

/// Max pooling without padding, with a relu behind it fused (relu and max commute, and a pooled image is smaller).
final class MaxPooling: SampleOperation {
    private let shape: ck_pool
    private let activation: Activation.Kind
    /// The winners' places, one byte a result.
    private let places: Slot

    init(
        channels: Int, height: Int, width: Int, size: Int, stride: Int, outHeight: Int, outWidth: Int,
        activation: Activation.Kind, pass: Pass
    ) {
        shape = ck_pool(
            height: height, width: width, channels: channels, size: size, stride: stride, out_height: outHeight,
            out_width: outWidth)
        self.activation = activation
        let units = outHeight * outWidth * channels
        places = Slot(units: (units + 3) / 4, base: pass.gradients)
        super.init(inputUnits: height * width * channels, outputUnits: units, pass: pass)
    }

    override var reading: Reading { activation == .relu ? .outputSign : .nothing }
    override var slots: [(Slot, Bool)] { [(places, true)] }

    private var code: Int32 { activation == .relu ? Int32(CK_RELU) : Int32(CK_NONE) }

    private func places(_ example: Int) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(places.row(example)).assumingMemoryBound(to: UInt8.self)
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: shape) { pass.table.pointee.pool($0, x, y, places(example), code) }
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        withUnsafePointer(to: shape) { pass.table.pointee.pool_back($0, dy, y, places(example), dx, code) }
    }
}

/// relu or tanh by itself, where no layer before it takes it in.
final class Elementwise: SampleOperation {
    private let activation: Activation

    init(_ kind: Activation.Kind, units: Int, pass: Pass) {
        activation = Activation(kind: kind)
        super.init(inputUnits: units, outputUnits: units, pass: pass)
    }

    override var reading: Reading { activation.kind == .relu ? .outputSign : .output }
    override var overwrites: Bool { true }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        if x != y { y.update(from: x, count: outputUnits) }
        pass.table.pointee.finish(y, outputUnits, 1, outputUnits, nil, activation.code, nil, 0, 1)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        if dx != dy { dx.update(from: dy, count: outputUnits) }
        pass.table.pointee.unfinish(dx, y, outputUnits, 1, outputUnits, activation.code, 1)
    }
}

/// Dropout: each value is zero with the probability, else scaled up; nothing at evaluation. The probability is rounded
/// to 65536ths and the scale is that of the rounded one. Srivastava et al. 2014.
final class Dropout: SampleOperation {
    private let activation: Activation
    private let layer: Int
    /// One byte a value.
    private let mask: Slot

    init(probability: Double, units: Int, layer: Int, pass: Pass) {
        activation = Activation(threshold: Activation.threshold(probability))
        self.layer = layer
        mask = Slot(units: (units + 3) / 4, base: pass.gradients)
        super.init(inputUnits: units, outputUnits: units, pass: pass)
    }

    override var overwrites: Bool { true }
    override var slots: [(Slot, Bool)] { [(mask, true)] }

    private func bytes(_ example: Int) -> UnsafePointer<UInt8> {
        UnsafeRawPointer(mask.row(example)).assumingMemoryBound(to: UInt8.self)
    }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        guard pass.isTraining else {
            if x != y { y.update(from: x, count: outputUnits) }
            return
        }
        pass.drawMask(
            mask.row(example), stride: 0, first: pass.position + example, rows: 1, units: outputUnits, layer: layer,
            threshold: activation.threshold)
        pass.table.pointee.drop(y, x, bytes(example), outputUnits, activation.scale)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        pass.table.pointee.drop(dx, dy, bytes(example), outputUnits, activation.scale)
    }
}

/// Dropout of whole channels of an image. Tompson et al. 2015.
final class Dropout2d: SampleOperation {
    private let activation: Activation
    private let layer: Int
    private let channels: Int
    private let mask: Slot
    /// 0 or the scale for each channel.
    private let factors: Slot

    init(probability: Double, channels: Int, units: Int, layer: Int, pass: Pass) {
        activation = Activation(threshold: Activation.threshold(probability))
        self.layer = layer
        self.channels = channels
        mask = Slot(units: (channels + 3) / 4, base: pass.gradients)
        factors = Slot(units: channels, base: pass.gradients)
        super.init(inputUnits: units, outputUnits: units, pass: pass)
    }

    override var overwrites: Bool { true }
    override var slots: [(Slot, Bool)] { [(mask, false), (factors, true)] }

    override func forward(
        _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, example: Int,
        inner: UnsafeMutablePointer<Float>
    ) {
        guard pass.isTraining else {
            if x != y { y.update(from: x, count: outputUnits) }
            return
        }
        pass.drawMask(
            mask.row(example), stride: 0, first: pass.position + example, rows: 1, units: channels, layer: layer,
            threshold: activation.threshold)
        let bytes = UnsafeRawPointer(mask.row(example)).assumingMemoryBound(to: UInt8.self)
        let factor = factors.row(example)
        for channel in 0..<channels { factor[channel] = bytes[channel] == 0 ? 0 : activation.scale }
        pass.table.pointee.scale_columns(y, x, factor, outputUnits / channels, channels)
    }

    override func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, example: Int, part: Int, inner: UnsafeMutablePointer<Float>
    ) {
        guard let dx else { return }
        pass.table.pointee.scale_columns(dx, dy, factors.row(example), outputUnits / channels, channels)
    }
}
