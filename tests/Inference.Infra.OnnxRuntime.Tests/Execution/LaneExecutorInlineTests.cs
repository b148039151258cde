using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.Execution;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>Which runs take the caller's thread, on a clock that only runs of the lane move.</summary>
[TestFixture]
internal sealed class LaneExecutorInlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMicroseconds(50);
    private readonly TimedLane _lane = new();
    private Device _device = null!;
    private LaneExecutor _executor = null!;

    [SetUp]
    public void Create()
    {
        _lane.Duration = TimeSpan.FromMicroseconds(10);
        _device = new Device("test", 1, runsInline: true, _lane.Time);
        _executor = Executor(_device, Limit);
    }

    [TearDown]
    public async Task Dispose()
    {
        await _executor.DisposeAsync();
        _device.Dispose();
    }

    [Test]
    public async Task ExecuteAsync_ShortRuns_GoInlineOnceTheyAreKnown()
    {
        for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
            Assert.That(await RunsInline(), Is.False, $"run {i}");
        Assert.That(await RunsInline(), Is.True);
    }

    [Test]
    public async Task ExecuteAsync_RunsGrowLong_GoToTheDeviceAgain()
    {
        await WarmUp();
        _lane.Duration = TimeSpan.FromMilliseconds(10);
        for (var i = 0; i < 4; i++)
            Assert.That(await RunsInline(), Is.True, $"long run {i} may be a thread that was put aside");
        Assert.That(await RunsInline(), Is.False);
        _lane.Duration = TimeSpan.FromMicroseconds(10);
        Assert.That(await RunsInline(), Is.False);
        await WarmUp(60);
        Assert.That(await RunsInline(), Is.True, "short again");
    }

    [Test]
    public async Task ExecuteAsync_InputsMuchLargerThanUsual_GoToTheDevice()
    {
        await WarmUp();
        Assert.That(await RunsInline(rows: 4), Is.True);
        Assert.That(await RunsInline(rows: 100), Is.False);
    }

    [Test]
    public async Task ExecuteAsync_Zero_NeverInline()
    {
        await using var never = Executor(_device, TimeSpan.Zero);
        for (var i = 0; i < 40; i++)
            Assert.That(await RunsInline(never), Is.False);
    }

    [Test]
    public async Task ExecuteAsync_DeviceThatOnlyWaits_NeverInline()
    {
        using var waiting = new Device("cuda:0", 1, runsInline: false, _lane.Time);
        await using var never = Executor(waiting, Limit);
        for (var i = 0; i < 40; i++)
            Assert.That(await RunsInline(never), Is.False);
    }

    [Test]
    public async Task ExecuteAsync_InlineRun_IsCountedAndTimedLikeAnother()
    {
        await WarmUp();
        var context = new RequestContext("request", CancellationToken.None);
        var taken = -1;
        _lane.During = () => taken = _executor.Queue.Taken;
        using var inputs = LaneFixture.Inputs();
        (await _executor.ExecuteAsync(inputs, context)).Dispose();
        Assert.That((taken, _executor.Queue.Taken), Is.EqualTo((1, 0)));
        Assert.That(context.Timings.Execute, Is.EqualTo(_lane.Time.TimestampFrequency / 100_000));
    }

    [Test]
    public async Task ExecuteAsync_InlineRunIsCancelled_EndsWithCancelled()
    {
        await WarmUp();
        using var source = new CancellationTokenSource();
        _lane.During = source.Cancel;
        using var inputs = LaneFixture.Inputs();
        var run = _executor.ExecuteAsync(inputs, new RequestContext("request", source.Token));
        Assert.That(run.IsCompleted, Is.True);
        Assert.That((await LaneFixture.Fails(run.AsTask())).Code, Is.EqualTo(ErrorCode.Cancelled));
        Assert.That((_lane.Terminated, _lane.Resets), Is.EqualTo((1, 1)));
        _lane.During = null;
    }

    [Test]
    public async Task ExecuteAsync_ShortRunWhileAllLanesAreTaken_GoesInlineBesideThem()
    {
        await WarmUp();
        Task<TensorSet>? second = null;
        var taken = 0;
        using var inputs = LaneFixture.Inputs();
        _lane.During = () =>
        {
            _lane.During = () => taken = _executor.Queue.Taken;
            second = _executor.ExecuteAsync(inputs, new RequestContext("second", CancellationToken.None)).AsTask();
            Assert.That(second.IsCompletedSuccessfully, Is.True);
        };
        (await _executor.ExecuteAsync(inputs, new RequestContext("first", CancellationToken.None))).Dispose();
        (await second!).Dispose();
        Assert.That((taken, _executor.Queue.Taken), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task ExecuteAsync_ShortRunBehindOneThatWaits_DoesNotPassIt()
    {
        await WarmUp();
        Task<TensorSet>? large = null;
        Task<TensorSet>? behind = null;
        using var inputs = LaneFixture.Inputs();
        using var manyRows = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(100)));
        _lane.During = () =>
        {
            _lane.During = null;
            large = _executor.ExecuteAsync(manyRows, new RequestContext("large", CancellationToken.None)).AsTask();
            behind = _executor.ExecuteAsync(inputs, new RequestContext("behind", CancellationToken.None)).AsTask();
            Assert.That(_executor.Queue.Waiting, Is.EqualTo(2));
        };
        (await _executor.ExecuteAsync(inputs, new RequestContext("first", CancellationToken.None))).Dispose();
        (await large!.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
        (await behind!.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
        Assert.That(_lane.LastThread, Is.EqualTo("infer test 0"));
    }

    private LaneExecutor Executor(Device device, TimeSpan inlineBelow) =>
        new("model 'test' version 1", new ExecutorInfo("test", 1), new ExecutionOptions(), device, inlineBelow, _lane.Time, () => _lane, () => { });

    private async Task WarmUp(int runs = RunTimeEstimate.RequiredRuns)
    {
        for (var i = 0; i < runs; i++)
            await RunsInline();
    }

    private async Task<bool> RunsInline(LaneExecutor? executor = null, int rows = 1)
    {
        var caller = Environment.CurrentManagedThreadId;
        using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(rows)));
        (await (executor ?? _executor).ExecuteAsync(inputs, new RequestContext("request", CancellationToken.None))).Dispose();
        return _lane.LastThreadId == caller;
    }

    private sealed class TimedLane : Lane
    {
        public FakeTimeProvider Time { get; } = new();

        public TimeSpan Duration { get; set; }

        public Action? During { get; set; }

        public string? LastThread { get; private set; }

        public int LastThreadId { get; private set; }

        public int Terminated { get; private set; }

        public int Resets { get; private set; }

        public override TensorSet Run(TensorSet inputs)
        {
            (LastThread, LastThreadId) = (Thread.CurrentThread.Name, Environment.CurrentManagedThreadId);
            During?.Invoke();
            Time.Advance(Duration);
            return new TensorSet();
        }

        public override void Terminate() => Terminated++;

        public override void Reset() => Resets++;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
