/// The version of all of simmer's programs, as `--version`, the daemon and checkpoints name it.
public enum SimmerVersion {
    public static let current = "0.1.0"
}
