using System.Diagnostics;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>
/// Everything at once for a while: models, sizes, priorities, deadlines, cancellations, streams. Every call gets one answer,
/// which is that of its rows alone, or one status that may be; nothing is left behind.
/// </summary>
[Category("Soak")]
internal sealed class SoakTests : ServerFixture, IDisposable
{
    private const int Seed = 20240;
    private const int Clients = 12;
    private const int MostRounds = 20_000;
    private const long MostManagedGrowth = 32L << 20;
    private const long MostWorkingSetGrowth = 200L << 20;
    private static readonly string[] Gauges =
        ["inference_requests_in_flight", "inference_stream_requests_in_flight", "inference_streams_open", "inference_queue_", "inference_tensor_pool_rented_buffers"];

    private static readonly TimeSpan FirstQuarter = TimeSpan.FromSeconds(18);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(54);
    private readonly TemporaryRepository _models = SoakModels.Repository();
    private readonly SoakTally _tally = new();

    protected override string Repository => _models.Path;

    protected override (string Key, string Value)[] Settings => [("Execution:Lanes", "2")];

    public void Dispose() => _models.Dispose();

    [Test]
    public async Task Server_EverythingAtOnce_AnswersEachCallOnceAndLeavesNothingBehind()
    {
        var decks = SoakModels.Decks(new Random(Seed));
        foreach (var deck in decks)
            await deck.AnswerAsync(Server);

        await LoadAsync(decks, Seed, FirstQuarter);
        var early = await SettledMemoryAsync();
        await LoadAsync(decks, Seed + Clients, Rest);
        var late = await SettledMemoryAsync();

        await TestContext.Out.WriteLineAsync($"{_tally}; memory {early} then {late}");
        Assert.Multiple(() =>
        {
            Assert.That(_tally.Faults, Is.Empty);
            Assert.That(_tally["unary OK"], Is.GreaterThan(200));
            Assert.That(_tally["unary InvalidArgument"], Is.Positive);
            Assert.That(_tally["unary Cancelled"], Is.Positive);
            Assert.That(_tally["unary DeadlineExceeded"], Is.Positive);
            Assert.That(_tally["unary ResourceExhausted"], Is.Positive);
            Assert.That(_tally["stream answer"], Is.GreaterThan(200));
            Assert.That(_tally["stream OK"], Is.Positive);
            Assert.That(_tally["stream Cancelled"], Is.Positive);
            Assert.That(late.Managed - early.Managed, Is.LessThan(MostManagedGrowth), "managed memory");
            Assert.That(late.WorkingSet - early.WorkingSet, Is.LessThan(MostWorkingSetGrowth), "working set");
        });
        await RunsWereSharedAsync();
    }

    private async Task LoadAsync(RowDeck[] decks, int seed, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var (unary, streams) = (new SoakUnary(Server, decks, _tally), new SoakStream(Server, decks, _tally));
        await Task.WhenAll(Enumerable.Range(seed, Clients).Select(s => Task.Run(() => ClientAsync(new Random(s)))));

        async Task ClientAsync(Random random)
        {
            for (var round = 0; round < MostRounds && Stopwatch.GetElapsedTime(start) < time; round++)
            {
                var what = random.Next(20) switch
                {
                    0 => unary.BurstAsync(random),
                    < 3 => streams.OneAsync(random),
                    _ => unary.OneAsync(random),
                };
                await what;
            }
        }
    }

    private async Task<(long Managed, long WorkingSet)> SettledMemoryAsync()
    {
        await Scrape.UntilAsync(async () => (await LeftAsync()).Count == 0, "nothing in queues, under way or rented");
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (managed, process.WorkingSet64);
    }

    // What the server still holds.
    private async Task<List<string>> LeftAsync()
    {
        var series = await Scrape.SeriesAsync(Server, "inference_");
        var gauges = Gauges.SelectMany(g => series.Where(s => s.Key.StartsWith(g, StringComparison.Ordinal))).ToList();
        return [.. gauges.Where(s => s.Value != 0).Select(s => $"{s.Key} {s.Value}")];
    }

    private async Task RunsWereSharedAsync()
    {
        var series = await Scrape.SeriesAsync(Server, "inference_batch_requests_");
        var (requests, runs) = (Of("sum"), Of("count"));
        Assert.That(requests, Is.GreaterThan(runs), "requests of models in batches, and their runs");

        double Of(string what) => series.Where(s => s.Key.StartsWith($"inference_batch_requests_{what}{{", StringComparison.Ordinal)).Sum(s => s.Value);
    }
}
