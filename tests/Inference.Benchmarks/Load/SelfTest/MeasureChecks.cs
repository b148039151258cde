using Grpc.Core;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Measure;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>The arithmetic of the figures.</summary>
internal static class MeasureChecks
{
    public static void Run(Verdict verdict)
    {
        Percentiles(verdict);
        Samples(verdict);
        EvenArrivals(verdict);
        PoissonArrivals(verdict);
        Goodput(verdict);
        verdict.Equal(Median.Of([3, 1, 2]), 2, "the median of three values");
        verdict.Equal(Median.Of([4, 1, 2, 3]), 2.5, "the median of four values");
        var counts = new StatusCounts();
        counts.Add(StatusCode.OK);
        counts.Add(StatusCode.Internal);
        var report = new Report("test");
        counts.Check(report, "test", StatusCode.OK);
        verdict.OnlyProblem(report, "Internal", "a status that nothing explains");
        verdict.Equal(counts.ToString(), "OK:1 Internal:1", "the text of two statuses");
    }

    private static void Percentiles(Verdict verdict)
    {
        var thousand = Enumerable.Range(1, 1000).Select(i => (float)i).ToArray();
        foreach (var (share, expected) in new[] { (0.5, 500f), (0.9, 900f), (0.99, 990f), (0.999, 999f), (1.0, 1000f), (0.0, 1f) })
            verdict.Equal(LatencySummary.Percentile(thousand, share), expected, $"percentile {share} of 1 to 1000");
        verdict.Equal(LatencySummary.Percentile([7], 0.99), 7, "the percentile of one value");
        verdict.Equal(LatencySummary.Percentile([1, 2], 0.5), 1, "the lower of two values at one half");
        verdict.Expect(double.IsNaN(LatencySummary.Percentile([], 0.5)), "no values have no percentile");
        var summary = LatencySummary.Of([3, 1, 2]);
        verdict.Equal((summary.Mean, summary.P50, summary.Longest), (2.0, 2.0, 3.0), "mean, middle and longest of 3, 1, 2");
    }

    private static void Samples(Verdict verdict)
    {
        var samples = new LatencySamples(2);
        samples.Add(TimeSpan.FromMicroseconds(10));
        samples.Add(TimeSpan.FromMilliseconds(1));
        verdict.Equal(samples.Within(TimeSpan.FromMicroseconds(10)), 1, "the number of latencies within the shorter one");
        verdict.Equal(LatencySamples.Summarise(samples, samples).Count, 4, "the number of latencies of two sets");
        samples.Add(TimeSpan.Zero);
        verdict.Equal((samples.Count, samples.Lost), (2, 1), "kept and lost latencies");
        try
        {
            LatencySamples.Summarise(samples);
            verdict.Expect(false, "samples that lost a latency are not summed up");
        }
        catch (LoadException)
        {
            verdict.Expect(true, "samples that lost a latency are not summed up");
        }
    }

    private static void EvenArrivals(Verdict verdict)
    {
        var arrivals = new Arrivals(1000, even: true, seed: 0);
        for (var i = 1; i <= 10; i++)
            verdict.Between(arrivals.Next().TotalMilliseconds, i - 0.001, i + 0.001, $"even arrival {i} at 1000 a second, in ms,");
    }

    /// <summary>Calls arrive for ten seconds with a deadline of two, so good answers count from second 2 to second 10.</summary>
    private static void Goodput(Verdict verdict)
    {
        var options = new OpenLoopOptions(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), Outstanding: 1, Even: true, Seed: 0);
        var tally = new OpenTally(most: 10, checkEvery: 1, rate: 1, options);
        foreach (var (status, due, took) in new[]
        {
            (StatusCode.OK, 1.0, 0.5), (StatusCode.OK, 1.0, 1.5), (StatusCode.OK, 3.0, 1.0), (StatusCode.OK, 3.0, 3.0),
            (StatusCode.OK, 9.5, 1.0), (StatusCode.ResourceExhausted, 3.0, 0.1), (StatusCode.DeadlineExceeded, 3.0, 2.0),
        })
        {
            tally.Add(status, TimeSpan.FromSeconds(due), TimeSpan.FromSeconds(took));
        }

        verdict.Equal(tally.Goodput, 2 / 8.0, "the goodput of one good answer before, two within and one after the time that counts");
        verdict.Equal(tally.Calls.Good.Count, 4, "the number of good answers at any time");
        verdict.Equal(tally.Calls.Statuses.ToString(), "OK:5 DeadlineExceeded:1 ResourceExhausted:1", "all ends of calls");
    }

    /// <summary>Gaps are exponential: their mean is 1/rate, their deviation is their mean, and 1/e of them are longer than it.</summary>
    private static void PoissonArrivals(Verdict verdict)
    {
        const int Count = 100_000;
        var (arrivals, again) = (new Arrivals(1000, even: false, seed: 1), new Arrivals(1000, even: false, seed: 1));
        var times = Enumerable.Range(0, Count).Select(_ => arrivals.Next()).ToList();
        verdict.Expect(times.Take(100).All(t => t == again.Next()), "one seed gives one schedule");
        var gaps = times.Zip(times.Prepend(TimeSpan.Zero), (late, early) => (late - early).TotalMilliseconds).ToList();
        verdict.Expect(gaps.TrueForAll(gap => gap >= 0), "arrivals never go back in time");
        var mean = gaps.Average();
        verdict.Between(mean, 0.98, 1.02, "the mean gap in ms at 1000 a second");
        verdict.Between(Math.Sqrt(gaps.Average(g => (g - mean) * (g - mean))), 0.97, 1.03, "the deviation of the gaps in ms");
        verdict.Between(gaps.Count(g => g > 1) / (double)Count, 0.358, 0.378, "the share of gaps longer than their mean");
    }
}
