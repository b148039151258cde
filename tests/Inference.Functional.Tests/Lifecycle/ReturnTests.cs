using System.Globalization;
using Inference.Benchmarks.Load.Artefacts;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// Three models where two fit in memory: one that was evicted and comes back at once is kept longer where that is switched on, and goes
/// as the least recently used where it is not.
/// </summary>
[TestFixture(600, "model 'm1'", "model 'm2'", "model 'm3'")]
[TestFixture(0, "model 'm1'", "model 'm2'", "model 'm1'")]
internal sealed class ReturnTests : LifecycleFixture
{
    // 4 MiB of weights each.
    private const int Side = 1024;
    private const int Count = 3;
    private const int Budget = 12_500_000;
    private readonly int _returnSeconds;
    private readonly string[] _evicted;

    public ReturnTests(int returnSeconds, params string[] evicted)
    {
        (_returnSeconds, _evicted) = (returnSeconds, evicted);
        for (var i = 1; i <= Count; i++)
            ScaleModel.Put(Path.Combine(Models.Path, $"m{i}", "1", "model.onnx"), ScalingModel.Bytes(Side, i + 1));
    }

    protected override (string Key, string Value)[] Settings =>
    [
        ("Cache:Loading", "lazy"), ("Cache:MemoryBytes", $"{Budget}"), ("Cache:RoomWaitMilliseconds", "30000"), ("Cache:ReturnSeconds", $"{_returnSeconds}"),
        ("Repository:Mode", "none"), ("Logging:Level", "Information"),
    ];

    // One server goes through its life; the attributes that are to take their place make tests fail with those before them.
#pragma warning disable CS0618
    [Test, Order(1)]
    public async Task Infer_ModelCameBackAtOnceAfterItsEviction_AnotherGoesThanTheLeastRecentlyUsed()
    {
        // The third throws out the first, which comes back at once in place of the second, and is the least recently used in the end.
        foreach (var model in new[] { 1, 2, 3, 1, 3, 2 })
            Assert.That(await AskAsync(model), Is.EqualTo(model + 1));

        Assert.Multiple(async () =>
        {
            Assert.That(Evictions().Select(t => _evicted.First(e => t.Contains(e, StringComparison.Ordinal))), Is.EqualTo(_evicted));
            Assert.That(await MetricAsync("inference_cache_evictions_total{reason=\"room\"}"), Is.EqualTo(_evicted.Length));
            Assert.That(await MetricAsync("inference_cache_memory_bytes"), Is.LessThanOrEqualTo(Budget));
        });
    }

    [Test, Order(2)]
    public async Task Infer_ClientsThatThrowOutEachOthersModels_EveryAnswerIsItsModels()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var model = ((client + i) % Count) + 1;
                Assert.That(await AskAsync(model), Is.EqualTo(model + 1));
            }
        })));

        Assert.That(await MetricAsync("inference_cache_evictions_total{reason=\"room\"}"), Is.GreaterThan(_evicted.Length));
        Assert.That(await MetricAsync("inference_cache_memory_bytes"), Is.LessThanOrEqualTo(Budget));
    }
#pragma warning restore CS0618

    private async Task<float> AskAsync(int model)
    {
        var row = new float[Side];
        row[0] = 1;
        var answer = await Server.Client.ModelInferAsync(Requests.For($"m{model}", "1").Floats("x", [1, Side], row), deadline: DateTime.UtcNow.AddSeconds(60));
        return answer.Floats("y")[0];
    }

    private IEnumerable<string> Evictions() => Server.Log.All.Select(e => e.Text).Where(t => t.StartsWith("Evicted", StringComparison.Ordinal));

    private async Task<double> MetricAsync(string series)
    {
        var page = await Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics"));
        var line = page.Split('\n').Single(l => l.StartsWith(series + ' ', StringComparison.Ordinal));
        return double.Parse(line[series.Length..], CultureInfo.InvariantCulture);
    }
}
