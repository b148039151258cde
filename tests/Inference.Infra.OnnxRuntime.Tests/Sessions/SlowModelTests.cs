using System.Diagnostics;
using Inference.Domain;
using Inference.Domain.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

/// <summary>Runs of a real model that would take minutes end when they are told to, and leave the lane usable.</summary>
[TestFixture]
internal sealed class SlowModelTests
{
    private const long Minutes = 100_000_000;
    private LoadedArtefact _slow = null!;

    [SetUp]
    public void Load() => _slow = Runtime.Load(Runtime.Stored("slow"));

    [TearDown]
    public async Task Unload() => await _slow.Executor.DisposeAsync();

    [Test]
    public async Task ExecuteAsync_CancelledWhileTheModelRuns_EndsAndTheNextRuns()
    {
        using var source = new CancellationTokenSource();
        using var inputs = Runtime.Slow(Minutes);
        var run = _slow.Executor.ExecuteAsync(inputs, Runtime.Context(cancellation: source.Token)).AsTask();
        source.CancelAfter(TimeSpan.FromMilliseconds(100));
        var error = await Ends(run);
        Assert.That(error.Code, Is.EqualTo(ErrorCode.Cancelled));
        Assert.That(error.Message, Does.Contain("had run"));
        await Works();
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesWhileTheModelRuns_EndsAndTheNextRuns()
    {
        using var inputs = Runtime.Slow(Minutes);
        var context = new RequestContext("request", CancellationToken.None) { Deadline = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10) };
        var error = await Ends(_slow.Executor.ExecuteAsync(inputs, context).AsTask());
        Assert.That(error.Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
        Assert.That(TimeSpan.FromSeconds(context.Timings.Execute / (double)Stopwatch.Frequency), Is.GreaterThan(TimeSpan.FromMilliseconds(50)));
        await Works();
    }

    [Test]
    public async Task DisposeAsync_WhileTheModelRuns_WaitsForIt()
    {
        using var source = new CancellationTokenSource();
        using var inputs = Runtime.Slow(Minutes);
        var run = _slow.Executor.ExecuteAsync(inputs, Runtime.Context(cancellation: source.Token)).AsTask();
        Assert.That(SpinWait.SpinUntil(() => _slow.Executor.Load.Requests == 0, TimeSpan.FromSeconds(30)), Is.True, "no lane took it");
        var disposal = _slow.Executor.DisposeAsync().AsTask();
        Assert.That(disposal.IsCompleted, Is.False);
        await source.CancelAsync();
        Assert.That((await Ends(run)).Code, Is.EqualTo(ErrorCode.Cancelled));
        await disposal.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<InferenceException> Ends(Task run) =>
        (await Assert.ThrowsAsync<InferenceException>(async () => await run.WaitAsync(TimeSpan.FromSeconds(60))))!;

    private async Task Works()
    {
        using var inputs = Runtime.Slow(2);
        using var outputs = await _slow.Executor.ExecuteAsync(inputs, Runtime.Context());
        var (x, y) = (inputs.Get("x").AsSpan<float>().ToArray(), outputs.Get("y").AsSpan<float>().ToArray());
        Assert.That(y, Is.EqualTo(x).Within(1e-4f), "the transform is its own inverse");
    }
}
