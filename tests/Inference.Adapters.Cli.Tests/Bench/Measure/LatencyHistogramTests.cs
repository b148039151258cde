using CsCheck;
using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Tests.Bench.Measure;

public sealed class LatencyHistogramTests
{
    [TestCase(0.5, 500)]
    [TestCase(0.9, 900)]
    [TestCase(0.99, 990)]
    [TestCase(0.999, 999)]
    [TestCase(1, 1000)]
    public void Percentile_OneToAThousandMicroseconds_IsWithinABucket(double share, double expected)
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++)
            histogram.Record(i * 1000);

        Assert.That(histogram.Percentile(share) / 1000, Is.EqualTo(expected).Within(0.4).Percent);
    }

    [Test]
    public void Percentile_AnyLatencies_IsTheNearestRankWithinABucket() =>
        Gen.Select(Gen.Long[0, 100_000_000_000].Array[1, 200], Gen.Double[0, 1]).Sample((values, share) =>
        {
            var histogram = new LatencyHistogram();
            foreach (var value in values)
                histogram.Record(value);
            var sorted = values.Order().ToList();
            var right = sorted[Math.Clamp((int)Math.Ceiling((decimal)share * values.Length), 1, values.Length) - 1];
            return Math.Abs(histogram.Percentile(share) - right) <= (right * 0.004) + 1 && histogram.Longest == sorted[^1];
        });

    [Test]
    public void Percentile_Nothing_IsNoNumber()
    {
        var histogram = new LatencyHistogram();

        Assert.That(new[] { histogram.Percentile(0.5), histogram.Mean, histogram.Longest }, Is.All.NaN);
    }

    [Test]
    public void Corrected_OneStallAmongSteadyCalls_AddsTheCallsThatItHeldUp()
    {
        // A caller with a pace of 1 ms answers 1000 times at once and is then held up for a second.
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 1000; i++)
            histogram.Record(1_000_000);
        histogram.Record(1_000_000_000);

        var corrected = histogram.Corrected(1_000_000);

        Assert.Multiple(() =>
        {
            Assert.That(histogram.Percentile(0.99), Is.EqualTo(1e6).Within(0.5).Percent);
            Assert.That(corrected.Count, Is.EqualTo(2000).Within(8));
            Assert.That(corrected.Percentile(0.75), Is.EqualTo(500e6).Within(1).Percent);
            Assert.That(corrected.Longest, Is.EqualTo(1e9));
        });
    }

    [Test]
    public void PercentileSince_Snapshot_LeavesOutWhatWasBefore()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1_000_000);
        var snapshot = histogram.Snapshot();
        histogram.Record(5_000_000);

        Assert.That(histogram.PercentileSince(snapshot, 0.01), Is.EqualTo(5e6).Within(0.5).Percent);
    }
}
