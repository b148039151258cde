using System.Globalization;
using System.Text;
using Inference.Adapters.Cli.Bench.Measure;
using Inference.Adapters.Cli.Bench.Text;

namespace Inference.Adapters.Cli.Bench.Report;

/// <summary>The figures of a load as a table for a person.</summary>
internal static class BenchTable
{
    public static string Write(BenchOptions options, IReadOnlyList<LevelResult> levels)
    {
        List<string[]> rows = [["", options.IsOpenLoop ? "req/s asked" : "concurrency", "req/s", "mean", "p50", "p90", "p95", "p99", "p99.9", "max", "failed", "client cpu"]];
        foreach (var level in levels)
        {
            rows.Add(Row(string.Empty, level, level.Measured));
            if (!options.IsOpenLoop)
                rows.Add(Row("corrected", level, level.Corrected));
        }

        if (!options.IsOpenLoop)
            rows.ForEach(row => row[0] = row[0].Length == 0 && row[1].All(char.IsDigit) ? "measured" : row[0]);
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.AppendLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        foreach (var line in Notes(options, levels))
            text.AppendLine(line);
        return text.ToString();
    }

    private static string[] Row(string name, LevelResult level, LatencySummary latency) =>
    [
        name,
        Number(level.Level),
        Number(level.Tally.Rate),
        .. new[] { latency.Mean, latency.P50, latency.P90, latency.P95, latency.P99, latency.P999, latency.Longest }.Select(TimeText.Write),
        Number(level.Failed),
        TimeText.Write(level.ProcessorMicroseconds),
    ];

    private static IEnumerable<string> Notes(BenchOptions options, IReadOnlyList<LevelResult> levels)
    {
        yield return options.IsOpenLoop
            ? "Latencies count from when a request was due."
            : "corrected: with the requests that callers would have sent while they waited longer than usual.";
        yield return "client cpu: processor time of this program for a request.";
        foreach (var level in levels)
        {
            var statuses = string.Join(", ", level.Tally.Statuses.Seen.Select(s => $"{s.Status} {Number(s.Count)}"));
            var verified = options.Verifies ? $"; {Number(level.Tally.Compared)} compared, {Number(level.Tally.Wrong)} wrong" : string.Empty;
            var lag = options.IsOpenLoop ? $"; sent after due: p99 {TimeText.Write(LatencySummary.Of(level.Tally.Lag).P99)}" : string.Empty;
            var messages = level.Tally.Messages > level.Tally.Ok ? $"; {Number(level.Tally.Messages)} messages" : string.Empty;
            var unanswered = level.Tally.Unanswered > 0 ? $"; {Number(level.Tally.Unanswered)} never answered" : string.Empty;
            var cancelled = level.IsCancelled ? "; ended early" : string.Empty;
            yield return $"{Number(level.Level)}: {(statuses.Length > 0 ? statuses : "nothing answered")} in {TimeText.Write(level.Tally.Elapsed.TotalMicroseconds)}{messages}{unanswered}{verified}{lag}{cancelled}";
        }
    }

    private static string Number(double value) => value.ToString(value >= 100 || value == Math.Floor(value) ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
