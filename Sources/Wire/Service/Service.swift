import Recipes

/// What a Varlink service says of itself.
public struct ServiceInfo: Codable, Sendable, Equatable {
    public var vendor: String
    public var product: String
    public var version: String
    public var url: String
    public var interfaces: [String]

    public init(
        vendor: String = "simmer", product: String = "simmerd", version: String, url: String,
        interfaces: [String] = ["io.simmer", "org.varlink.service"]
    ) {
        self.vendor = vendor
        self.product = product
        self.version = version
        self.url = url
        self.interfaces = interfaces
    }
}

/// Finds the route of a call and answers what every Varlink service must. Knows nothing of sockets, queues or limits.
public struct Service<Context: Sendable>: Sendable {
    public let info: ServiceInfo
    private let routes: [String: Route<Context>]
    private let report: @Sendable (_ fault: any Error, _ reference: String, _ method: String) -> Void

    /// - Parameter report: Told of every error that is not the caller's business, with the reference the caller got.
    public init(
        info: ServiceInfo, routes: [Route<Context>],
        report: @escaping @Sendable (_ fault: any Error, _ reference: String, _ method: String) -> Void
    ) {
        self.info = info
        self.routes = Dictionary(routes.map { ($0.declaration.name, $0) }, uniquingKeysWith: { $1 })
        self.report = report
    }

    /// Answers one call through the sink: bytes with their NUL (empty for a `oneway` call), and whether they are the last.
    public func answer(
        _ call: Call, context: Context, sink: @escaping @Sendable (_ bytes: [UInt8], _ isLast: Bool) -> Bool
    ) {
        do {
            switch call.interface {
            case Interface.name:
                if let route = routes[call.member] { return try route.run(call, context, sink) }
                throw Interface.methods.contains { $0.name == call.member }
                    ? StandardError.methodNotImplemented(method: call.method)
                    : StandardError.methodNotFound(method: call.method)
            case "org.varlink.service":
                _ = sink(call.oneway ? [] : try introspect(call), true)
            default: throw StandardError.interfaceNotFound(interface: call.interface)
            }
        } catch {
            _ = sink(call.oneway ? [] : encode(error, method: call.method), true)
        }
    }

    private func encode(_ error: any Error, method: String) -> [UInt8] {
        let reference = "fault-\(UInt32.random(in: 0...UInt32.max))"
        if !(error is any WireError) { report(error, reference, method) }
        let known: any WireError = (error as? any WireError) ?? SimmerError.internalFault(reference: reference)
        do { return try Reply.encode(error: known) } catch {
            report(error, reference, method)
            return Array(#"{"error":"io.simmer.Internal","parameters":{"reference":"\#(reference)"}}"#.utf8) + [0]
        }
    }

    private func introspect(_ call: Call) throws -> [UInt8] {
        switch call.member {
        case "GetInfo":
            if let extra = call.parameters.keys.sorted().first {
                throw StandardError.invalidParameter(parameter: extra)
            }
            return try Reply.encode(info)
        case "GetInterfaceDescription":
            guard case .string(let name)? = call.parameters["interface"] else {
                throw StandardError.invalidParameter(parameter: "interface")
            }
            if let extra = call.parameters.keys.sorted().first(where: { $0 != "interface" }) {
                throw StandardError.invalidParameter(parameter: extra)
            }
            switch name {
            case Interface.name: return try Reply.encode(["description": Interface.description])
            case "org.varlink.service": return try Reply.encode(["description": Interface.standardDescription])
            default: throw StandardError.interfaceNotFound(interface: name)
            }
        default: throw StandardError.methodNotFound(method: call.method)
        }
    }
}
