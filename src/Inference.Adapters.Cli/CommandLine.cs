using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Inference.Adapters.Cli.Commands;
using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Cli;

/// <summary>The command line adapter: <c>inference serve | validate | models | infer</c>.</summary>
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

        Exit codes: 0 ok; 1 a request or a model failed, or a server could not be reached; 2 the command line or the
        configuration is wrong.
        """;

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
        var parsed = Build(host, terminal).Parse(WithDefaultCommand(args));
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is not HelpAction))
            return Report(terminal, parsed.Errors.Select(e => e.Message), ExitCodes.Usage, "Run 'inference --help', or any command with --help.");
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

    private static RootCommand Build(ICommandHost host, Terminal terminal) => new(Description)
    {
        ServeCommand.Create(host),
        ValidateCommand.Create(host, terminal),
        ModelsCommand.Create(host, terminal),
        InferCommand.Create(host, terminal),
    };

    // The root's own options are help and version; anything else that begins like an option is meant for the server.
    private static string[] WithDefaultCommand(string[] args) =>
        args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "-?" or "--help" or "--version")) ? ["serve", .. args] : args;

    private static int Report(Terminal terminal, IEnumerable<string> errors, int code, string? hint = null)
    {
        foreach (var error in errors)
            terminal.Error.WriteLine($"error: {error}");
        if (hint is not null)
            terminal.Error.WriteLine(hint);
        return code;
    }
}
