using System.Diagnostics;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Artefacts;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>Memory that models needed comes back: resident memory of a real process, with a model of 41 MB.</summary>
[TestFixture]
internal sealed class MemoryTests
{
    private const string Model = "residual";
    private const int Channels = 40;
    private const int Cycles = 8;
    private const double MostGrowth = 1.2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(250);
    private static readonly (int Images, int Size)[] Shapes = [(1, 64), (4, 64), (1, 96), (8, 48), (3, 80)];
    private TemporaryRepository _models = null!;
    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("what keeps freed memory, and is told not to, is the GNU C library");
        _models = new TemporaryRepository();
        ScaleModel.Put(Path.Combine(_models.Path, Model, "1", "model.onnx"), ResidualNetwork.Bytes(Channels, seed: 1));
        _server = await ServerProcess.StartAsync(_models.Path, "--Repository:Mode=explicit");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _models?.Dispose();
    }

    [Test]
    public async Task Unload_CyclesOfLoadRunUnload_MemoryStaysAtThatOfTheFirst()
    {
        var first = await CycleAsync();
        var last = first;
        for (var cycle = 1; cycle < Cycles; cycle++)
            last = await CycleAsync();
        await TestContext.Out.WriteLineAsync(FormattableString.Invariant($"unloaded after the first cycle {first:F0} MiB, after {Cycles} cycles {last:F0} MiB"));
        Assert.That(last, Is.LessThan(MostGrowth * first));
    }

    [Test]
    public async Task Infer_BurstOfLargeBatchesIsOver_MemoryComesBackWithinAMinute()
    {
        await LoadAsync();
        await InferAsync(1, 64);
        var before = _server.ResidentMebibytes;
        var most = before;
        for (var i = 0; i < 3; i++)
        {
            await InferAsync(128, 96);
            most = Math.Max(most, _server.ResidentMebibytes);
        }

        Assert.That(most, Is.GreaterThan(before + 50), "a burst takes memory");
        var kept = (most - before) / 4;
        var start = Stopwatch.GetTimestamp();
        using var looks = new PeriodicTimer(LookTime);
        while (_server.ResidentMebibytes > before + kept && Stopwatch.GetElapsedTime(start) < Patience)
            await looks.WaitForNextTickAsync();
        await TestContext.Out.WriteLineAsync(FormattableString.Invariant(
            $"before the burst {before:F0} MiB, in it {most:F0}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s later {_server.ResidentMebibytes:F0}"));
        Assert.That(_server.ResidentMebibytes, Is.LessThanOrEqualTo(before + kept));
        await InferAsync(2, 64);
        await UnloadAsync();
    }

    // Memory when the model is unloaded, once it stays as it is.
    private async Task<double> CycleAsync()
    {
        await LoadAsync();
        foreach (var (images, size) in Shapes)
            await InferAsync(images, size);
        await UnloadAsync();
        return await SettledAsync();
    }

    private async Task<double> SettledAsync()
    {
        var least = _server.ResidentMebibytes;
        using var looks = new PeriodicTimer(LookTime);
        for (var look = 0; look < 6 && await looks.WaitForNextTickAsync(); look++)
            least = Math.Min(least, _server.ResidentMebibytes);
        return least;
    }

    private async Task LoadAsync() => await _server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = Model });

    private async Task UnloadAsync() => await _server.Client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = Model });

    private async Task InferAsync(int images, int size)
    {
        var request = Requests.For(Model, "1").Floats("x", [images, 3, size, size], [.. Enumerable.Repeat(0.5f, images * 3 * size * size)]);
        var answer = await _server.Client.ModelInferAsync(request);
        Assert.That(answer.RawOutputContents[0].Length, Is.EqualTo(images * 1000 * sizeof(float)));
    }
}
