using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Bench.Report;

/// <summary>The figures of a load for programs; latencies are microseconds, null where there are none.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(BenchOptions options, int connections, IReadOnlyList<LevelResult> levels)
    {
        var report = new JsonObject
        {
            ["server"] = options.Server.Address.ToString(),
            ["model"] = options.Model,
            ["version"] = options.Version,
            ["loop"] = options.IsOpenLoop ? "open" : "closed",
            ["stream"] = options.IsStream,
            ["shared_memory"] = options.IsShared ? "system" : "none",
            ["connections"] = connections,
            ["levels"] = new JsonArray([.. levels.Select(level => Level(options, level))]),
        };
        return report.ToJsonString(Readable) + Environment.NewLine;
    }

    private static JsonObject Level(BenchOptions options, LevelResult level)
    {
        var tally = level.Tally;
        var json = new JsonObject
        {
            [options.IsOpenLoop ? "rate" : "concurrency"] = level.Level,
            ["seconds"] = Number(tally.Elapsed.TotalSeconds),
            ["requests"] = tally.Requests,
            ["ok"] = tally.Ok,
            ["failed"] = level.Failed,
            ["unanswered"] = tally.Unanswered,
            ["messages"] = tally.Messages,
            ["statuses"] = new JsonObject(tally.Statuses.Seen.Select(s => KeyValuePair.Create(s.Status.ToString(), (JsonNode?)s.Count))),
            ["requests_per_second"] = Number(tally.Rate),
            ["latency_us"] = Latency(level.Measured),
            ["corrected_latency_us"] = Latency(level.Corrected),
            ["client_cpu_us_per_request"] = Number(level.ProcessorMicroseconds),
            ["client_cpu_seconds"] = Number(level.ProcessorSeconds),
            ["cancelled"] = level.IsCancelled,
        };
        if (options.IsOpenLoop)
            json["sent_after_due_p99_us"] = Number(LatencySummary.Of(tally.Lag).P99);
        if (options.Verifies)
            (json["compared"], json["wrong"]) = (tally.Compared, tally.Wrong);
        if (tally.FirstError is { } error)
            json["first_error"] = error;
        if (tally.FirstWrong is { } wrong)
            json["first_wrong"] = wrong;
        json["missed"] = new JsonArray([.. options.Objectives.Where(o => !o.IsMet(level)).Select(o => (JsonNode?)o.Miss(level))]);
        return json;
    }

    private static JsonObject Latency(LatencySummary latency) => new()
    {
        ["mean"] = Number(latency.Mean),
        ["p50"] = Number(latency.P50),
        ["p90"] = Number(latency.P90),
        ["p95"] = Number(latency.P95),
        ["p99"] = Number(latency.P99),
        ["p99.9"] = Number(latency.P999),
        ["max"] = Number(latency.Longest),
    };

    private static JsonNode? Number(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;
}
