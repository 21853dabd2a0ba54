/// What a run that a watcher ended asks for. What becomes of it is the daemon's to say.
public struct WatchFault: Codable, Sendable, Equatable {
    /// Its id: `W1`.
    public var watcher: String
    /// The update that was not done, or the last that was.
    public var step: Int
    /// The update at which it began.
    public var since: Int

    public init(watcher: String, step: Int, since: Int) {
        self.watcher = watcher
        self.step = step
        self.since = since
    }
}
