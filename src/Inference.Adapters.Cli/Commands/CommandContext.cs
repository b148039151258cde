namespace Inference.Adapters.Cli.Commands;

/// <summary>What every command works with.</summary>
/// <param name="Host">Opens repositories and serves.</param>
/// <param name="Terminal">Where to read and write.</param>
/// <param name="Settings">Settings of the command line, as arguments for the configuration.</param>
internal sealed record CommandContext(ICommandHost Host, Terminal Terminal, IReadOnlyList<string> Settings);
