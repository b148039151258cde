using System.CommandLine;
using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Cli.Remote;

namespace Inference.Adapters.Cli.Commands;

/// <summary>The options that say whether a command asks a server or loads a repository itself.</summary>
internal sealed class EngineOptions
{
    private const double DefaultTimeoutSeconds = 60;
    private const double MaxTimeoutSeconds = 86_400;

    private readonly ServerArguments _server = new();

    private readonly Option<string?> _repository = new("--repository")
    {
        Description = "Loads this repository in process instead of asking a server.",
        HelpName = "DIR",
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "How long to wait for the server or the model.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => DefaultTimeoutSeconds,
    };

    public void AddTo(Command command)
    {
        foreach (var option in _server.All)
            command.Add(option);
        command.Add(_repository);
        command.Add(_timeout);
    }

    /// <summary>The engine that the options ask for.</summary>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    public async Task<IEngine> OpenAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        var repository = parsed.GetValue(_repository);
        if (repository is not null && _server.IsGiven(parsed))
            throw new UsageException("--server and --repository exclude each other: a command asks a server, or loads the models itself.");
        if (repository is not null)
        {
            string[] arguments = [.. context.Settings, .. ConfigurationArguments.From("Repository:Path", repository)];
            return new InProcessEngine(await context.Host.OpenAsync(arguments, cancellation).ConfigureAwait(false), Timeout(parsed));
        }

        if (context.Settings.Count > 0)
            throw new UsageException($"'{context.Settings[0]}' is a setting of this process, but a server is asked; give it to the server, or add --repository DIR.");
        return new RemoteEngine(_server.Read(parsed), Timeout(parsed));
    }

    /// <summary>The value of an option <c>--timeout</c>.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public static TimeSpan Timeout(double seconds) =>
        seconds is > 0 and <= MaxTimeoutSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"--timeout must be more than 0 and at most {MaxTimeoutSeconds} seconds.");

    private TimeSpan Timeout(ParseResult parsed) => Timeout(parsed.GetValue(_timeout));
}
