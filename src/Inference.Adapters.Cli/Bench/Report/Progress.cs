using System.Diagnostics;
using System.Globalization;
using Inference.Adapters.Cli.Bench.Load;
using Inference.Adapters.Cli.Bench.Text;

namespace Inference.Adapters.Cli.Bench.Report;

/// <summary>Says every second how a load goes.</summary>
internal sealed class Progress(TextWriter writer, string label)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Writes until it is cancelled.</summary>
    public async Task WatchAsync(LoadRun run, CancellationToken end)
    {
        using var timer = new PeriodicTimer(Every);
        var (latencies, ok, since) = (run.Tally.Latencies.Snapshot(), run.Tally.Ok, Stopwatch.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(end).ConfigureAwait(false))
            {
                var (tally, now) = (run.Tally, Stopwatch.GetTimestamp());
                var rate = (tally.Ok - ok) / Stopwatch.GetElapsedTime(since, now).TotalSeconds;
                var failed = tally.Requests - tally.Ok;
                var at = Stopwatch.GetElapsedTime(tally.Start, now).TotalSeconds;
                await writer.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{label}  {at,4:0} s  {rate,9:#,0} req/s  p50 {At(0.5),8}  p99 {At(0.99),8}  under way {run.UnderWay:#,0}  failed {failed:#,0}")).ConfigureAwait(false);
                (latencies, ok, since) = (tally.Latencies.Snapshot(), tally.Ok, now);
                string At(double share) => TimeText.Write(tally.Latencies.PercentileSince(latencies, share) / 1000);
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }
}
