import Recipes
import Testing

@Suite struct SafetensorsTests {
    @Test func goesThereAndBack() throws {
        let header = try SafetensorsHeader(
            tensors: [("b", "F32", [2, 3]), ("a", "I64", []), ("e", "F32", [0, 4]), ("c\"\n", "BF16", [3])],
            metadata: ["format": "pt", "job": "x"])
        #expect(header.entries.map(\.offset) == [0, 24, 32, 32] && header.dataByteCount == 38)
        let bytes = header.encoded()
        #expect(bytes.count % 8 == 0)
        let length = try SafetensorsHeader.headerByteCount(prefix: Array(bytes[..<8]), fileByteCount: bytes.count + 38)
        #expect(length == bytes.count - 8)
        let read = try SafetensorsHeader(json: Array(bytes[8...]), dataByteCount: 38)
        #expect(read == header)
        #expect(read["a"]?.byteCount == 8 && read["x"] == nil)
        #expect(read.encoded() == bytes)
    }

    @Test func printsCanonically() throws {
        let header = try SafetensorsHeader(tensors: [("w", "F32", [1])], metadata: ["a": "b"])
        let text = "{\"__metadata__\":{\"a\":\"b\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
        let padded = text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        #expect(header.encoded() == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8))
    }

    static let entry = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"

    @Test(arguments: [
        ("[]", 0, "safetensors.json"), (" {}", 0, "safetensors.json"), ("{", 0, "safetensors.json"),
        ("{\"a\":{\(entry)},\"a\":{\(entry)}}", 8, "safetensors.json"), ("{\"a\":1}", 0, "safetensors.entry"),
        ("{\"a\":{\(entry),\"x\":1}}", 8, "safetensors.entry"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "safetensors.entry"),
        ("{\"a\":{\(entry)}}", 7, "safetensors.size"), ("{\"a\":{\(entry)}}", 9, "safetensors.size"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "safetensors.size"),
        ("{\"a\":{\"dtype\":\"F99\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "safetensors.dtype"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "safetensors.entry"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, "safetensors.entry"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "safetensors.offsets"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", 8, "safetensors.offsets"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "safetensors.offsets"),
        ("{\"a\":{\(entry)},\"b\":{\(entry)}}", 8, "safetensors.offsets"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "safetensors.size"),
        ("{\"__metadata__\":[]}", 0, "safetensors.metadata"),
        ("{\"__metadata__\":{\"a\":1}}", 0, "safetensors.metadata"),
    ]) func refuses(_ json: String, _ bytes: Int, _ code: String) {
        #expect { try SafetensorsHeader(json: Array(json.utf8), dataByteCount: bytes) } throws: { error in
            guard case .badFile(_, let findings)? = error as? SimmerError else { return false }
            return findings.map(\.code) == [code]
        }
    }

    @Test(
        arguments: [
            ([], 0), ([2, 0, 0], 3), ([2, 0, 0, 0, 0, 0, 0, 0], 9), ([1, 0, 0, 0, 0, 0, 0, 0], 100),
            ([255, 255, 255, 255, 255, 255, 255, 255], 100), ([0, 0, 0, 2, 0, 0, 0, 0], 1 << 40),
        ] as [([UInt8], Int)]) func refusesLengths(_ prefix: [UInt8], _ bytes: Int)
    {
        #expect(throws: SimmerError.self) {
            try SafetensorsHeader.headerByteCount(prefix: prefix, fileByteCount: bytes)
        }
    }

    @Test func refusesBadTensors() {
        #expect(throws: SimmerError.self) { try SafetensorsHeader(tensors: [("a", "F32", [1]), ("a", "F32", [1])]) }
        #expect(throws: SimmerError.self) { try SafetensorsHeader(tensors: [("__metadata__", "F32", [1])]) }
        #expect(throws: SimmerError.self) { try SafetensorsHeader(tensors: [("a", "F32", [.max, .max])]) }
    }
}
