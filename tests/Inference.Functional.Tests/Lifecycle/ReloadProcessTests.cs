using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// A real process whose models are loaded again, added, taken away and spoiled while it brings others into memory and evicts them all the
/// time, under clients that never pause: no call may be lost or answered wrongly, and its memory stays as it is.
/// </summary>
[Category("Soak")]
internal sealed class ReloadProcessTests
{
    private const int Crowd = 30;
    private const int CrowdClients = 2;

    // Some ten of the small models, which take a little more than 1.1 MB each.
    private const int Budget = 12_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // A server that has just started still grows: its methods are optimised, and its heap sees its first load.
    [TestCase(12, 2.0)]
    [TestCase(200, 1.2, Explicit = true, Reason = "takes minutes; for figures")]
    public async Task Server_ModelsChangeAndAreEvictedUnderLoad_LosesNoCallAndKeepsToItsMemory(int reloads, double mostGrowth)
    {
        using var models = new TemporaryRepository();
        var operations = new ReloadOperations(models);

        // What is not in memory cannot serve on while its files are broken.
        operations.Prepare("pinned: true");
        for (var i = 0; i < Crowd; i++)
            ScaleModel.Put(Path.Combine(models.Path, $"crowd{i}", "1", "model.onnx"), ScaleModel.Bytes(i + 2));
        await using var server = await ServerProcess.StartAsync(
            models.Path, "--Repository:PollSeconds=1", "--Repository:SettleMilliseconds=20", "--Cache:Loading=lazy", $"--Cache:MemoryBytes={Budget}", "--Cache:RoomWaitMilliseconds=30000");
        await using var clients = ReloadClients.Start(server.GrpcAddress);
        using var stop = new CancellationTokenSource();
        var tally = new SoakTally();
        var crowd = Task.WhenAll(Enumerable.Range(0, CrowdClients).Select(i => Task.Run(() => AskCrowdAsync(server, new Random(i), tally, stop.Token))));
        var (start, early) = (server.ResidentMebibytes, 0.0);

        await operations.RunAsync(server.Client, clients, reloads, () => { }, () => early = server.ResidentMebibytes);

        var late = server.ResidentMebibytes;
        await stop.CancelAsync();
        await crowd.WaitAsync(Limit);
        await clients.StopAsync();
        var evictions = (await Scrape.SeriesAsync(server.Http, server.MetricsAddress, "inference_cache_evictions_total")).Values.Sum();
        await TestContext.Out.WriteLineAsync(FormattableString.Invariant(
            $"{reloads} reloads, {operations.Exchanges} exchanges of versions, {evictions} evictions; {clients.Tally}; crowd {tally}; MiB at the start {start:F0}, after a quarter {early:F0}, at the end {late:F0}"));
        Assert.Multiple(() =>
        {
            Assert.That(clients.Tally.Faults, Is.Empty);
            Assert.That(tally.Faults, Is.Empty);
            Assert.That(clients.Tally["unary"], Is.GreaterThan(reloads));
            Assert.That(clients.Tally["stream"], Is.GreaterThan(reloads));
            Assert.That(evictions, Is.GreaterThan(Crowd));
            Assert.That(late, Is.LessThan(mostGrowth * early), "resident memory");
        });
    }

    private static async Task AskCrowdAsync(ServerProcess server, Random random, SoakTally tally, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var model = random.Next(Crowd);
            try
            {
                var answer = await server.Client.ModelInferAsync(Requests.For($"crowd{model}", "1").Floats("x", [1, 2], 1f, 1f), deadline: DateTime.UtcNow + Limit, cancellationToken: CancellationToken.None);
                var number = answer.Floats("y")[0];
                tally.Count("crowd", number == model + 2 ? null : $"crowd{model} answers {number}");
            }
            catch (Grpc.Core.RpcException e)
            {
                tally.Count("crowd lost", $"crowd{model}: {e.Status}");
            }
        }
    }
}
