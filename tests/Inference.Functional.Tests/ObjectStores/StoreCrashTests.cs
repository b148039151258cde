using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>Servers that are killed while they download or write their cache, and the next ones.</summary>
internal sealed class StoreCrashTests : StoreFixture
{
    private const int Size = 4_000_000;
    private const int KilledAfter = 1_500_000;
    private const string Artefact = "model.onnx";
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(30);
    private static readonly float[] Twice = [6f, 8f];

    private string[] Arguments => [.. Settings.Select(s => $"--{s.Key}={s.Value}")];

    private string Objects => Path.Combine(CachePath, "objects");

    [Test]
    public async Task Kill_InTheMiddleOfADownload_NextStartGoesOnAndServes()
    {
        await PutScaleAsync("model/1", 2, Size);
        var never = new TaskCompletionSource();
        Proxy.Fault = r => r.Gets(Artefact) ? new StoreFault { Stall = (KilledAfter, never.Task) } : null;
        await using (var killed = ServerProcess.Begin(Repository, Arguments))
        {
            await Scrape.UntilAsync(() => Task.FromResult(Partial() >= KilledAfter), "the first part has been written");
            await KillAsync(killed);
        }

        Proxy.Fault = _ => null;
        Proxy.Forget();
        await using var next = await ServerProcess.StartAsync(Repository, Arguments);

        Assert.That(await InferAsync(next.Client, "model"), Is.EqualTo(Twice));
        Assert.That(Proxy.Requests.Where(r => r.Gets(Artefact)).Select(r => r.From), Is.EqualTo(new[] { (long)KilledAfter }));
        Assert.That(Directory.GetDirectories(Path.Combine(CachePath, "processes")), Has.Length.EqualTo(1), "what the killed one left is removed");
        never.SetResult();
    }

    // At many moments, of which some are between the last byte and the file's last name.
    [Test]
    public async Task Kill_AtAnyMomentOfStarts_LastStartServesWhatIsRight()
    {
        foreach (var number in Enumerable.Range(1, 6))
            await PutScaleAsync($"m{number}/1", number, 1_000_000);
        for (var requests = 2; requests <= 14; requests += 3)
        {
            Proxy.Forget();
            await using var killed = ServerProcess.Begin(Repository, Arguments);
            var most = requests;
            await Scrape.UntilAsync(() => Task.FromResult(Proxy.Requests.Count >= most || killed.Output.Contains("Ready", StringComparison.Ordinal)), $"{most} requests");
            await KillAsync(killed);
        }

        await using var last = await ServerProcess.StartAsync(Repository, Arguments);

        foreach (var number in Enumerable.Range(1, 6))
            Assert.That(await InferAsync(last.Client, $"m{number}"), Is.EqualTo(new[] { 3f * number, 4f * number }));
    }

    // As a file system may leave files whose last writes were lost.
    [Test]
    public async Task CachedFiles_CutAndFlipped_AreDownloadedAgain()
    {
        await PutScaleAsync("cut/1", 2, Size);
        await PutScaleAsync("flipped/1", 3, Size);
        await using (var first = await ServerProcess.StartAsync(Repository, Arguments))
            Assert.That(await InferAsync(first.Client, "cut"), Is.EqualTo(Twice));
        var files = Directory.GetFiles(Objects, "*", SearchOption.AllDirectories);
        await using (var file = File.OpenWrite(files[0]))
            file.SetLength(Size / 2);
        await using (var file = File.OpenWrite(files[1]))
            file.Write(new byte[10_000]);

        await using var next = await ServerProcess.StartAsync(Repository, Arguments);

        Assert.That(await InferAsync(next.Client, "cut"), Is.EqualTo(Twice));
        Assert.That(await InferAsync(next.Client, "flipped"), Is.EqualTo(new[] { 9f, 12f }));
    }

    [Test]
    public async Task Cache_KeptFromAnEarlierServer_NothingIsDownloadedAgain()
    {
        await PutScaleAsync("model/1", 2, Size);
        await Bucket.PutAsync("models/model/1/pipeline.yaml", "batching: off");
        await using (var first = await ServerProcess.StartAsync(Repository, Arguments))
            Assert.That(await InferAsync(first.Client, "model"), Is.EqualTo(Twice));
        Proxy.Forget();

        await using var next = await ServerProcess.StartAsync(Repository, Arguments);

        Assert.That(await InferAsync(next.Client, "model"), Is.EqualTo(Twice));
        Assert.That(Proxy.Requests, Has.All.Matches<StoreRequest>(r => r!.IsListing));
    }

    [Test]
    public async Task Cache_SharedByServersThatStartTogether_EachObjectIsDownloadedOnce()
    {
        foreach (var number in Enumerable.Range(1, 4))
            await PutScaleAsync($"m{number}/1", number, Size);

        var both = await Task.WhenAll(ServerProcess.StartAsync(Repository, Arguments), ServerProcess.StartAsync(Repository, Arguments));
        await using var one = both[0];
        await using var other = both[1];

        foreach (var number in Enumerable.Range(1, 4))
            Assert.That((await InferAsync(one.Client, $"m{number}"), await InferAsync(other.Client, $"m{number}")), Is.EqualTo((new[] { 3f * number, 4f * number }, new[] { 3f * number, 4f * number })));
        Assert.That(Proxy.Requests.Count(r => r.Gets(Artefact)), Is.EqualTo(4));
    }

    private static async Task KillAsync(ServerProcess server)
    {
        server.Signal(ServerProcess.KillNow);
        await server.WaitForExitAsync(ExitTime);
    }

    private long Partial()
    {
        var folder = Path.Combine(CachePath, "partial");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Sum(f => new FileInfo(f).Length) : 0;
    }
}
