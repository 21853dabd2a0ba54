import Recipes
import Testing
import Wire

@Suite struct CallTests {
    private func call(_ text: String) throws -> Call { try Call(Frame(bytes: Array(text.utf8))) }

    @Test func aCallIsRead() throws {
        let it = try call(#"{"method":"io.simmer.GetJob","parameters":{"job":"7"},"more":true}"#)
        #expect(it.interface == "io.simmer")
        #expect(it.member == "GetJob")
        #expect(it.more && !it.oneway)
        #expect(try it.input(of: GetJob.self) == GetJob.Input(job: "7"))
    }

    @Test(arguments: [
        #"{"method":"a.B"}"#, #"{"method":"a.B","parameters":{}}"#, #"{"method":"a.B","more":false,"oneway":false}"#,
        #"{"method":"a.B","com.example.trace":{"id":1}}"#, #"{"method":"a.B","upgrade":false}"#,
    ]) func goodEnvelopes(text: String) throws { #expect(try call(text).method == "a.B") }

    @Test(arguments: [
        "", "{}", "[]", "\"a.B\"", "{\"method\":1}", #"{"method":null}"#, #"{"method":"a.B",}"#,
        #"{"method":"a.B","method":"a.C"}"#, #"{"method":"a.B","parameters":[]}"#,
        #"{"method":"a.B","parameters":null}"#,
        #"{"method":"a.B","more":1}"#, #"{"method":"a.B","more":null}"#, #"{"method":"a.B","oneway":"true"}"#,
        #"{"method":"a.B","more":true,"oneway":true}"#, #"{"method":"a.B","upgrade":true}"#,
        #"{"method":"a.B","extra":1}"#, #"{"method":"a.B"} x"#,
    ]) func badEnvelopesAreRefused(text: String) { #expect(throws: EnvelopeError.self) { try call(text) } }

    /// Each fault of a call's parameters is named by its field.
    @Test(arguments: [
        (#"{}"#, "recipe"),
        (#"{"recipe":1}"#, "recipe"),
        (#"{"recipe":null}"#, "recipe"),
        (#"{"recipe":"x","priority":"high"}"#, "priority"),
        (#"{"recipe":"x","priority":1.5}"#, "priority"),
        (#"{"recipe":"x","labels":["a"]}"#, "labels"),
        (#"{"recipe":"x","labels":{"a":1}}"#, "labels.a"),
        (#"{"recipe":"x","files":[{"path":"a"}]}"#, "files.0.fileDescriptor"),
        (
            #"{"recipe":"x","files":[{"path":"a","fileDescriptor":0},{"path":"a","fileDescriptor":0,"z":1}]}"#,
            "files.1.z"
        ),
        (#"{"recipe":"x","startPaused":"yes"}"#, "startPaused"),
        (#"{"recipe":"x","nosuch":1}"#, "nosuch"),
    ]) func faultsAreNamed(parameters: String, field: String) throws {
        let it = try call(#"{"method":"io.simmer.SubmitJob","parameters":\#(parameters)}"#)
        #expect(throws: StandardError.invalidParameter(parameter: field)) { try it.input(of: SubmitJob.self) }
    }

    @Test func enumsAreHeldToTheirValues() throws {
        let good = try call(#"{"method":"io.simmer.ListJobs","parameters":{"filter":{"states":["running"]}}}"#)
        #expect(try good.input(of: ListJobs.self).filter?.states == [.running])
        let bad = try call(
            #"{"method":"io.simmer.ListJobs","parameters":{"filter":{"states":["running","sleeping"]}}}"#)
        #expect(throws: StandardError.invalidParameter(parameter: "filter.states.1")) {
            try bad.input(of: ListJobs.self)
        }
    }

    @Test func optionalsMayBeNullAndWholeNumbersAreFloats() throws {
        let it = try call(#"{"method":"io.simmer.ListJobs","parameters":{"filter":null,"limit":5}}"#)
        #expect(try it.input(of: ListJobs.self) == ListJobs.Input(limit: 5))
        struct Weights: Codable { var values: [Double]? }
        let values = Fields(try SchemaReader.fields(of: Weights.self))
        #expect(values.fault(in: ["values": .array([.int(1), .double(0.5)])]) == nil)
        #expect(values.fault(in: ["values": .array([.int(1), .string("a")])]) == "values.1")
    }

    @Test func repliesNeverHoldMoreThanTheirKeys() throws {
        let last = try Reply.encode(GetJob.Input(job: "a/b"))
        #expect(String(decoding: last, as: UTF8.self) == "{\"parameters\":{\"job\":\"a/b\"}}\0")
        let more = String(decoding: try Reply.encode(Shutdown.Output(), continues: true), as: UTF8.self)
        #expect(
            ["{\"parameters\":{},\"continues\":true}\0", "{\"continues\":true,\"parameters\":{}}\0"].contains(more))
        let error = try Reply.encode(error: SimmerError.draining)
        #expect(error.last == 0)
        #expect(
            try StrictJSON.parse(Array(error.dropLast()))
                == .object(["error": .string("io.simmer.Draining"), "parameters": .object([:])]))
        let partial = String(decoding: try Reply.encode(MetricValue(name: "n", step: 1, timeUsec: 2)), as: UTF8.self)
        #expect(!partial.contains("null") && !partial.contains("value"))
        #expect(throws: (any Error).self) {
            try Reply.encode(MetricValue(name: "n", step: 1, timeUsec: 2, value: .nan))
        }
    }
}
