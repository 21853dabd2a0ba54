import ArgumentParser

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the completion script of a shell.",
        discussion: """
            EXAMPLES:
              simmer completion bash > ~/.local/share/bash-completion/completions/simmer
              simmer completion zsh > ~/.zfunc/_simmer
              simmer completion fish > ~/.config/fish/completions/simmer.fish
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    func run() throws {
        let script: String
        switch shell {
        case .bash: script = Simmer.completionScript(for: .bash)
        case .zsh: script = Simmer.completionScript(for: .zsh)
        case .fish: script = Simmer.completionScript(for: .fish)
        }
        Screen().put(script)
    }
}
