using System.CommandLine;
using Inference.Adapters.Cli.Remote;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference health</c>: a probe for images without a shell or other programs.</summary>
internal static class HealthCommand
{
    private const double DefaultTimeoutSeconds = 5;

    public static Command Create(CommandContext context)
    {
        var server = new ServerArguments();
        var timeout = new Option<double>("--timeout") { Description = "How long to wait for the answer.", HelpName = "SECONDS", DefaultValueFactory = _ => DefaultTimeoutSeconds };
        var command = new Command("health", """
            Asks a server whether it takes requests.

            Prints 'ready' with exit code 0, or the reason why not with 1. It is what an image's health check runs, since the
            image has no shell and no other program.

            Examples:
              inference health
              inference health --server http://gpu-1:8001 --timeout 1
              inference health --tls --ca ca.crt --server-name inference.default.svc
            """)
        {
            timeout,
        };
        foreach (var option in server.All)
            command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(context, server.Read(parsed), EngineOptions.Timeout(parsed.GetValue(timeout)), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, Endpoint server, TimeSpan timeout, CancellationToken cancellation)
    {
        await using var engine = new RemoteEngine(server, timeout);
        if (await engine.IsReadyAsync(cancellation).ConfigureAwait(false))
        {
            await context.Terminal.Output.WriteLineAsync("ready").ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        await context.Terminal.Error.WriteLineAsync("not ready: the server loads its models, or is about to stop").ConfigureAwait(false);
        return ExitCodes.Failed;
    }
}
