import Recipes

/// What serves one method. `Context` is the server's own: the connection, the peer, the daemon.
public struct Route<Context: Sendable>: Sendable {
    public let declaration: MethodDeclaration
    let run: @Sendable (Call, Context, @escaping @Sendable ([UInt8], Bool) -> Bool) throws -> Void

    /// A method that answers once, at once. Errors thrown go to the caller: a `WireError` as it is, anything else as
    /// `Internal` with a reference that `Service.report` is told.
    public init<M: Method>(
        _ method: M.Type, handle: @escaping @Sendable (M.Input, Request<Context>) throws -> M.Output
    ) {
        self.init(later: method) { input, request, responder in responder.finish(try handle(input, request)) }
    }

    /// A method that answers several times, or later: the responder may outlive the closure.
    public init<M: Method>(
        later method: M.Type,
        handle: @escaping @Sendable (M.Input, Request<Context>, Responder<M.Output>) throws -> Void
    ) {
        declaration = .of(method)
        run = { call, context, sink in
            if method.streaming == .required && !call.more { throw StandardError.expectedMore }
            let input = try call.input(of: method)
            let responder = Responder<M.Output>(
                more: call.more && method.streaming != .never, oneway: call.oneway, sink: sink)
            do { try handle(input, Request(call: call, context: context), responder) } catch {
                // What was thrown is the answer, unless the last reply has gone out already.
                if responder.abandon() { throw error }
            }
        }
    }
}

/// One call on its way through a route.
public struct Request<Context: Sendable>: Sendable {
    public let call: Call
    public let context: Context

    /// The descriptor at an index that the caller gave.
    ///
    /// - Throws: `SimmerError.badFileDescriptor`.
    public func descriptor(_ index: Int) throws(SimmerError) -> Descriptor {
        guard call.descriptors.indices.contains(index) else {
            throw .badFileDescriptor(
                message: "no descriptor \(index) came with the call (it has \(call.descriptors.count))")
        }
        return call.descriptors[index]
    }
}
