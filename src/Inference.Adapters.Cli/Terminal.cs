namespace Inference.Adapters.Cli;

/// <summary>Where a command reads and writes.</summary>
/// <param name="Output">Answers.</param>
/// <param name="Error">Everything else that a person should see.</param>
/// <param name="Input">Opens standard input, for values given as <c>@-</c>.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, Func<Stream> Input);
