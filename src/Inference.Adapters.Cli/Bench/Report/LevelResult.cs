using Inference.Adapters.Cli.Bench.Load;
using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Bench.Report;

/// <summary>The figures of one level of a load.</summary>
/// <param name="Level">Callers, or requests a second.</param>
/// <param name="Measured">Latencies as they were: in an open loop from when a request was due, so that none is left out.</param>
/// <param name="Corrected">The same with the requests that waiting callers left out; in an open loop the same figures.</param>
/// <param name="Tally">What became of the requests.</param>
/// <param name="ProcessorSeconds">Processor time that this process took.</param>
/// <param name="IsCancelled">It ended before its time.</param>
internal sealed record LevelResult(double Level, LatencySummary Measured, LatencySummary Corrected, LoadTally Tally, double ProcessorSeconds, bool IsCancelled)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Requests that did not end well, and answers that are wrong.</summary>
    public long Failed => Tally.Requests - Tally.Ok;

    /// <summary>Share of the requests that failed; all of them where there were none.</summary>
    public double ErrorShare => Tally.Requests == 0 ? 1 : (double)Failed / Tally.Requests;

    /// <summary>Microseconds of processor time that a request costs this process.</summary>
    public double ProcessorMicroseconds => Tally.Requests == 0 ? double.NaN : ProcessorSeconds * 1e6 / Tally.Requests;

    /// <summary>Sums a load up.</summary>
    public static LevelResult Of(LoadPlan plan, LoadTally tally, double processorSeconds, bool isCancelled)
    {
        var measured = LatencySummary.Of(tally.Latencies);
        var level = plan.Rate ?? plan.Concurrency;
        if (plan.Rate is not null || tally.Ok == 0)
            return new LevelResult(level, measured, measured, tally, processorSeconds, isCancelled);

        // A caller's pace: how often each of them got to send.
        var pace = tally.Elapsed.TotalSeconds * NanosecondsPerSecond * plan.Concurrency / tally.Requests;
        return new LevelResult(level, measured, LatencySummary.Of(tally.Latencies.Corrected(pace)), tally, processorSeconds, isCancelled);
    }
}
