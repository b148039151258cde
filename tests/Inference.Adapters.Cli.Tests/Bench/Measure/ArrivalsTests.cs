using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Tests.Bench.Measure;

public sealed class ArrivalsTests
{
    [Test]
    public void Next_Even_IsEvenlySpaced()
    {
        var arrivals = new Arrivals(1000, even: true, seed: 0);

        Assert.That(Enumerable.Range(0, 10).Select(_ => arrivals.Next().TotalMilliseconds), Is.EqualTo(Enumerable.Range(1, 10).Select(i => (double)i)).Within(0.001));
    }

    [Test]
    public void Next_Poisson_HasExponentialGaps()
    {
        const int Count = 100_000;
        var (arrivals, again) = (new Arrivals(1000, even: false, seed: 1), new Arrivals(1000, even: false, seed: 1));
        var times = Enumerable.Range(0, Count).Select(_ => arrivals.Next()).ToList();
        var gaps = times.Zip(times.Prepend(TimeSpan.Zero), (late, early) => (late - early).TotalMilliseconds).ToList();
        var mean = gaps.Average();

        Assert.Multiple(() =>
        {
            Assert.That(times.Take(100), Is.EqualTo(Enumerable.Range(0, 100).Select(_ => again.Next())));
            Assert.That(gaps, Has.All.GreaterThanOrEqualTo(0));
            Assert.That(mean, Is.EqualTo(1).Within(0.02));
            Assert.That(Math.Sqrt(gaps.Average(g => (g - mean) * (g - mean))), Is.EqualTo(1).Within(0.03));
            Assert.That(gaps.Count(g => g > 1) / (double)Count, Is.EqualTo(1 / Math.E).Within(0.01));
        });
    }
}
