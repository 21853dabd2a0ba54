import CSystemd
import Glibc

/// Sockets that systemd opened for us (sd_listen_fds(3)).
enum Activation {
    /// The listening socket named `varlink`, or the only one passed; nil without activation.
    /// - Throws: `StartError` where something else than one listening stream socket was passed.
    static func listeningSocket() throws -> Int32? {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count > 0 else { return nil }
        var named: [String] = []
        for index in 0..<Int(count) {
            named.append(names?[index].map { String(cString: $0) } ?? "")
            free(names?[index])
        }
        free(names)
        guard let index = named.firstIndex(of: "varlink") ?? (count == 1 ? 0 : nil) else {
            throw StartError(
                .configuration, "systemd passed \(count) sockets, none of them named 'varlink': \(named).",
                hint: "set FileDescriptorName=varlink in simmerd.socket")
        }
        let descriptor = SD_LISTEN_FDS_START + Int32(index)
        guard sd_is_socket(descriptor, AF_UNIX, Int32(SOCK_STREAM.rawValue), 1) > 0 else {
            throw StartError(
                .configuration, "The socket passed by systemd is not a listening Unix stream socket.",
                hint: "simmerd.socket needs ListenStream=/run/simmer/io.simmer and Accept=no")
        }
        for other in 0..<count where other != Int32(index) { close(SD_LISTEN_FDS_START + other) }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return descriptor
    }
}
