using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>The bound of the folder of downloaded objects, in servers that want more than it allows.</summary>
internal sealed class StoreRoomTests : StoreFixture
{
    private const int Size = 1_000_000;
    private const string Artefact = "model.onnx";

    [SetUp]
    public void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("what the folder has on the disk is counted with find of Linux");
    }

    [Test]
    public async Task Reload_LargerThanTheBound_EarlierContentServesOnAndTheReasonIsTold()
    {
        await PutScaleAsync("model/1", 2, Size);
        await using var server = await StartAsync(("Repository:S3:CacheBytes", "1500000"));
        await PutScaleAsync("model/1", 3, 2 * Size);
        await Scrape.UntilAsync(async () => (await IndexAsync(server.Client, "model")).Contains("CacheBytes", StringComparison.Ordinal), "the reason is told");

        Assert.That(await IndexAsync(server.Client, "model"), Does.StartWith("1 READY").And.Contain("model 'model' version 1: it has 2000110 bytes, more than the 1500000 that").And.Contain(CachePath).And.Contain("raise Repository:S3:CacheBytes"));
        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(new[] { 6f, 8f }));
        Assert.That(server.Log.Errors, Has.Some.Matches<ErrorLog.LogEntry>(e => e!.Text.Contains("more than the 1500000", StringComparison.Ordinal)));
    }

    // Another server's download takes the room, and gives it back.
    [Test]
    public async Task Load_OtherServerHasTheRoom_FailsWithTheReasonAndServesOnceThereIsRoom()
    {
        await PutScaleAsync("first/1", 2, Size);
        var held = new TaskCompletionSource();
        Proxy.Fault = r => r.Gets("first/1/" + Artefact) ? new StoreFault { Stall = (Size / 2, held.Task) } : null;
        string[] arguments = [.. Settings.Select(s => $"--{s.Key}={s.Value}"), "--Repository:S3:CacheBytes=1500000"];
        await using var other = ServerProcess.Begin(Repository, arguments);
        await Scrape.UntilAsync(() => Task.FromResult(OnDisk() >= Size / 2), "half of it is there");
        await using var server = await RunningServer.StartAsync(Repository, [.. Settings, ("Repository:S3:CacheBytes", "1500000"), ("Repository:Mode", "explicit")]);
        await PutScaleAsync("second/1", 3, Size);
        var error = await Assert.ThrowsAsync<RpcException>(() => LoadAsync(server, "second"));
        var refused = (await Scrape.SeriesAsync(server, "inference_store_cache_refusals_total")).Values.Single();

        Proxy.Fault = _ => null;
        held.SetResult();
        await other.WaitUntilReadyAsync();
        await LoadAsync(server, "second");

        Assert.That(error!.Status.Detail, Does.Contain("there is no room for 1000110 bytes more in").And.Contain(CachePath).And.Contain("1500000 (Repository:S3:CacheBytes)"));
        Assert.That(refused, Is.GreaterThan(0));
        Assert.That(await InferAsync(server.Client, "second"), Is.EqualTo(new[] { 9f, 12f }));
        Assert.That(server.Log.Errors, Has.Some.Matches<ErrorLog.LogEntry>(e => e!.Text.Contains("no room", StringComparison.Ordinal)));
    }

    // Several load at once, and downloads break off, so that parts of others lie about.
    [Test]
    public async Task Servers_ThatShareASmallCache_LoadAllAndNeverHaveMore()
    {
        const int most = 2_500_000;
        var numbers = Enumerable.Range(1, 6).ToList();
        foreach (var number in numbers)
            await PutScaleAsync($"m{number}/1", number, Size);
        var (worst, count) = (0L, 0);
        Proxy.Fault = r =>
        {
            if (!r.Gets(Artefact))
                return null;
            worst = Math.Max(worst, OnDisk());
            return Interlocked.Increment(ref count) % 3 == 0 ? new StoreFault { CutAfter = Size / 2 } : null;
        };
        string[] arguments = [.. Settings.Select(s => $"--{s.Key}={s.Value}"), $"--Repository:S3:CacheBytes={most.ToString(CultureInfo.InvariantCulture)}", "--Repository:LoadThreads=3"];
        await using var one = ServerProcess.Begin(Repository, arguments);
        await using var two = ServerProcess.Begin(Repository, arguments);
        foreach (var server in new[] { one, two })
        {
            await server.WaitUntilReadyAsync();
            foreach (var number in numbers)
            {
                await Scrape.UntilAsync(async () => (await IndexAsync(server.Client, $"m{number}")).StartsWith("1 READY", StringComparison.Ordinal), $"m{number} is ready");
                Assert.That(await InferAsync(server.Client, $"m{number}"), Is.EqualTo(new[] { 3f * number, 4f * number }));
            }
        }

        worst = Math.Max(worst, OnDisk());
        Assert.That(worst, Is.GreaterThan(Size).And.LessThanOrEqualTo(most));
    }

    private static async Task LoadAsync(RunningServer server, string model) =>
        await server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = model });

    // Names of the same file count once.
    private long OnDisk()
    {
        using var find = Process.Start(new ProcessStartInfo("find", [CachePath, "-type", "f", "-printf", "%i %s\\n"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        find.ErrorDataReceived += (_, _) => { };
        find.BeginErrorReadLine();
        var files = find.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')).ToList();
        return files.DistinctBy(f => f[0]).Sum(f => long.Parse(f[1], CultureInfo.InvariantCulture));
    }
}
