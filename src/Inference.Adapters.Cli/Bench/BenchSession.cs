using Inference.Adapters.Cli.Bench.Load;
using Inference.Adapters.Cli.Bench.Memory;
using Inference.Adapters.Cli.Bench.Payload;
using Inference.Adapters.Cli.Bench.Report;
using Inference.Adapters.Cli.Input;
using Inference.Adapters.Cli.Remote;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Bench;

/// <summary>A load against one server: makes its requests, asks for each alone, and takes one level after the other.</summary>
internal sealed class BenchSession(BenchOptions options, Terminal terminal)
{
    private const int DefaultConnections = 8;

    /// <summary>Connections that the load has.</summary>
    public int Connections { get; } = options.Connections
        ?? (options.IsOpenLoop ? DefaultConnections : Math.Min(options.Concurrencies.DefaultIfEmpty(1).Max(), DefaultConnections));

    /// <summary>Takes the load, until its end or until it is cancelled.</summary>
    /// <returns>The figures of each level that was begun.</returns>
    public async Task<IReadOnlyList<LevelResult>> RunAsync(CancellationToken cancellation)
    {
        await using var engine = Connect();
        var requests = await new PayloadSource(options, engine, new ValueSource(terminal.Input)).CreateAsync(cancellation).ConfigureAwait(false);
        using var lanes = await LanePool.OpenAsync(options.Server, Connections, options.IsStream, options.Deadline, cancellation).ConfigureAwait(false);
        CheckRoom(lanes);
        var answers = await AskAsync(lanes, requests, cancellation).ConfigureAwait(false);
        if (!options.IsShared)
            return await MeasureAsync(lanes, requests, answers, null, cancellation).ConfigureAwait(false);
        await using var shared = await SharedPayload.CreateAsync(requests, answers, Connect, cancellation).ConfigureAwait(false);
        await AskAsync(lanes, requests, cancellation).ConfigureAwait(false);
        return await MeasureAsync(lanes, requests, answers, shared.Outputs, cancellation).ConfigureAwait(false);
    }

    private RemoteEngine Connect() => new(options.Server, options.Timeout);

    private void CheckRoom(LanePool lanes)
    {
        if (options.IsStream || options.IsOpenLoop)
            return;
        var most = options.Concurrencies.Max();
        var needed = (most + lanes.MostCalls - 1) / lanes.MostCalls;
        if (needed > Connections)
            throw new UsageException($"{most} callers do not fit on {Connections} connections: the server takes {lanes.MostCalls} calls at once on each. Give at least --connections {needed}.");
    }

    private async Task<IReadOnlyList<ModelInferResponse>> AskAsync(LanePool lanes, IReadOnlyList<ModelInferRequest> requests, CancellationToken cancellation)
    {
        var answers = new List<ModelInferResponse>();
        foreach (var request in requests)
            answers.Add(ModelInferResponse.Parser.ParseFrom(await Probe.AskAsync(lanes, new RequestTemplate(request), options.Timeout, cancellation).ConfigureAwait(false)));
        return answers;
    }

    private async Task<IReadOnlyList<LevelResult>> MeasureAsync(
        LanePool lanes, IReadOnlyList<ModelInferRequest> requests, IReadOnlyList<ModelInferResponse> answers, SharedRegion? region, CancellationToken cancellation)
    {
        var templates = requests.Select(request => new RequestTemplate(request)).ToList();
        for (var i = 0; i < templates.Count && options.Verifies; i++)
            templates[i].Expected = new ExpectedAnswer(ResponseDecoder.Decode(answers[i]).Outputs, region);
        var results = new List<LevelResult>();
        foreach (var level in options.Levels)
        {
            var plan = Plan(templates, level);
            if (options.Warmup > TimeSpan.Zero)
                await LoadRun.Of(plan with { Duration = options.Warmup, MostRequests = long.MaxValue }, lanes).RunAsync(cancellation).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
                break;
            results.Add(await MeasureAsync(lanes, plan, level, cancellation).ConfigureAwait(false));
        }

        return results;
    }

    private async Task<LevelResult> MeasureAsync(LanePool lanes, LoadPlan plan, double level, CancellationToken cancellation)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var run = LoadRun.Of(plan, lanes);
        using var over = new CancellationTokenSource();
        var label = FormattableString.Invariant($"{(options.IsOpenLoop ? "rate" : "concurrency")} {level:0.##}");
        var watching = options.IsQuiet ? Task.CompletedTask : new Progress(terminal.Error, label).WatchAsync(run, over.Token);
        var tally = await run.RunAsync(cancellation).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        return LevelResult.Of(plan, tally, (Environment.CpuUsage.TotalTime - processor).TotalSeconds, cancellation.IsCancellationRequested);
    }

    private LoadPlan Plan(IReadOnlyList<RequestTemplate> templates, double level) => new()
    {
        Requests = templates,
        Duration = options.Duration,
        Concurrency = options.IsOpenLoop ? 1 : (int)level,
        Rate = options.IsOpenLoop ? level : null,
        IsEven = options.IsEven,
        Seed = options.Seed,
        MostRequests = options.Requests ?? long.MaxValue,
        Deadline = options.Deadline,
        Grace = options.Timeout,
        VerifyEvery = options.Verifies ? 1 : 0,
    };
}
