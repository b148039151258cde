using System.CommandLine;
using Inference.Adapters.Cli.Commands;
using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Cli;

/// <summary>The command line adapter: <c>inference serve | validate | models | infer | bench | health</c>.</summary>
public static class CommandLine
{
    private const string Description = """
        Serves trained models over the Open Inference Protocol (KServe v2), and runs them from the shell.

        A repository is a folder: <repository>/<model>/<version>/model.onnx, where a version is a whole number from 1.
        Try it:
          inference validate models                 check every model
          inference serve --repository models       serve them: gRPC on 8001, health on 8000, metrics on 8002
          inference models                          list what the server has
          inference infer digits --version 2 --input image=@digit.json
          inference bench digits --version 2        put a load on it and measure

        Exit codes: 0 ok; 1 a request or a model failed, or a server could not be reached; 2 the command line or the
        configuration is wrong.
        """;

    // An argument that begins with @ is a file only where an option says so.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>Carries out one command line. Without a command it serves.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="host">Opens repositories and serves.</param>
    /// <param name="output">Gets answers.</param>
    /// <param name="error">Gets errors.</param>
    /// <param name="cancellation">Ends the command early.</param>
    /// <returns>0 ok; 1 a request or a model failed, or a server could not be reached; 2 wrong usage or configuration.</returns>
    public static Task<int> RunAsync(string[] args, ICommandHost host, TextWriter output, TextWriter error, CancellationToken cancellation = default) =>
        RunAsync(args, host, new Terminal(output, error, Console.OpenStandardInput), cancellation);

    internal static async Task<int> RunAsync(string[] args, ICommandHost host, Terminal terminal, CancellationToken cancellation)
    {
        var (settings, others) = ConfigurationArguments.Split(args);
        var parsed = Build(new CommandContext(host, terminal, settings)).Parse(WithDefaultCommand(others), Parser);
        if (parsed.Errors.Count > 0 && parsed.Action is not DetailedHelp)
            return Report(terminal, parsed.Errors.Select(e => e.Message), ExitCodes.Usage, UsageHint(parsed));
        try
        {
            // Signals are the host's business: a server drains for longer than a library would wait.
            var invocation = new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellation).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            return Report(terminal, [e.Message], ExitCodes.Usage, $"Run 'inference {parsed.CommandResult.Command.Name} --help' for examples.");
        }
        catch (ConfigurationException e)
        {
            return Report(terminal, e.Errors, ExitCodes.Usage, "Settings come from appsettings.json, the environment (Inference__Section__Key) and --Section:Key=value.");
        }
        catch (Exception e) when (e is InferenceException or IOException or UnauthorizedAccessException)
        {
            return Report(terminal, [e.Message], ExitCodes.Failed);
        }
        catch (OperationCanceledException)
        {
            return Report(terminal, ["cancelled."], ExitCodes.Failed);
        }
        catch (Exception e)
        {
            return Report(terminal, [$"a defect of this program: {e}"], ExitCodes.Failed);
        }
    }

    private static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand(Description)
        {
            ServeCommand.Create(context),
            ValidateCommand.Create(context),
            ModelsCommand.Create(context),
            InferCommand.Create(context),
            HealthCommand.Create(context),
            BenchCommand.Create(context),
        };

        DetailedHelp.AddTo(root);
        return root;
    }

    // The root's own options are help and version; anything else that begins like an option is meant for the server.
    private static IReadOnlyList<string> WithDefaultCommand(IReadOnlyList<string> args) =>
        args.Count == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "-?" or "--help" or "--version")) ? ["serve", .. args] : args;

    private static string UsageHint(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var known = command.Options.Select(o => o.Name).Concat(command.Subcommands.Select(c => c.Name)).ToList();
        var hints = parsed.UnmatchedTokens.Select(token => NearestName.Hint(token.Split('=')[0], known)).Distinct();
        var help = command is RootCommand ? "inference --help" : $"inference {command.Name} --help";
        return $"Run '{help}'; settings are written --Section:Key=value.{string.Concat(hints)}";
    }

    private static int Report(Terminal terminal, IEnumerable<string> errors, int code, string? hint = null)
    {
        foreach (var error in errors)
            terminal.Error.WriteLine($"error: {error}");
        if (hint is not null)
            terminal.Error.WriteLine(hint);
        return code;
    }
}
