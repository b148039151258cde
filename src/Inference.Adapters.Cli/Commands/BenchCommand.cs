using System.CommandLine;
using System.Runtime.InteropServices;
using Inference.Adapters.Cli.Bench;
using Inference.Adapters.Cli.Bench.Report;
using Inference.Domain;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference bench MODEL</c>: a load, and its figures.</summary>
internal static class BenchCommand
{
    // Answers are handled on the threads that the system wakes for them: handing each over to another costs more than itself.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    public static Command Create(CommandContext context)
    {
        var arguments = new BenchArguments();
        var command = new Command("bench", """
            Puts a load on a model of any server of the protocol (KServe v2) and prints throughput and latencies.

            A closed loop (--concurrency) has callers that wait for their answer before they send again; an open loop (--rate) sends
            requests when they are due, however slow the server is, and its latencies count from then. Levels are 8, 1,4,16, 1:64:8 or
            1:64:x2. Without --input or --request, requests are random by what the model says it takes. Before the load every request
            is sent alone. Times are written with a unit: 500us, 20ms, 1.5s. Ctrl-C ends the load and prints what there is.

            Exit codes: 0 ok; 1 requests failed (more than --errors), answers were wrong, or the server could not be reached; 2 the
            command line is wrong; 3 an objective was missed.

            Examples:
              inference bench iris --version 1 --range sepal_length:4:8
              inference bench digits --version 2 --concurrency 1:64:x2 --duration 5s --p99 20ms
              inference bench digits --version 2 --rate 2000 --arrivals even --deadline 50ms --json
              inference bench digits --version 2 --stream --concurrency 256 --verify
              inference bench resnet --shape image:1,3,224,224 --shared-memory system
            """);
        arguments.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(arguments.Read(parsed, context), context.Terminal, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(BenchOptions options, Terminal terminal, CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, end));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, end));
        var session = new BenchSession(options, terminal);
        var levels = await session.RunAsync(end.Token).ConfigureAwait(false);
        if (levels.Count == 0)
            throw new OperationCanceledException("the load was ended before its first level.");
        await terminal.Output.WriteAsync(options.IsJson ? BenchJson.Write(options, session.Connections, levels) : BenchTable.Write(options, levels)).ConfigureAwait(false);
        return Verdict(options, levels, terminal.Error);
    }

    // The first time the load ends in good order; a second time the system ends the process.
    private static void Stop(PosixSignalContext signal, CancellationTokenSource end)
    {
        signal.Cancel = !end.IsCancellationRequested;
        end.Cancel();
    }

    private static int Verdict(BenchOptions options, IReadOnlyList<LevelResult> levels, TextWriter error)
    {
        var code = ExitCodes.Ok;
        foreach (var level in levels)
        {
            var name = FormattableString.Invariant($"{(options.IsOpenLoop ? "rate" : "concurrency")} {level.Level:0.##}");
            foreach (var objective in options.Objectives.Where(o => !o.IsMet(level)))
            {
                error.WriteLine($"missed: at {name} {objective.Miss(level)}.");
                code = code == ExitCodes.Ok ? ExitCodes.ObjectiveMissed : code;
            }

            if (level.ErrorShare > options.MostErrors)
                code = Failed(error, $"at {name} {level.Failed} of {level.Tally.Requests} requests failed; the first: {ErrorText.Bound(level.Tally.FirstError ?? "it never got an answer")}");
            if (level.Tally.Wrong > 0)
                code = Failed(error, $"at {name} {level.Tally.Wrong} answers are wrong; the first: {ErrorText.Bound(level.Tally.FirstWrong!)}");
        }

        return code;
    }

    private static int Failed(TextWriter error, string text)
    {
        error.WriteLine($"error: {text.TrimEnd('.')}.");
        return ExitCodes.Failed;
    }
}
