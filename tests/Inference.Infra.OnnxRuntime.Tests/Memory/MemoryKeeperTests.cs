using System.Runtime.InteropServices;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Memory;
using Inference.Infra.OnnxRuntime.Tests.Models;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.OnnxRuntime.Tests.Memory;

/// <summary>Arenas of real sessions give back what runs made them grow by, and sessions that are closed are let go.</summary>
[TestFixture]
internal sealed class MemoryKeeperTests
{
    private const int Width = 1024;
    private const int LargeRows = 4096;
    private const long LargeBytes = (long)LargeRows * Width * sizeof(float);
    private readonly FakeTimeProvider _time = new();
    private TemporaryFolder _folder = null!;
    private MemoryKeeper _keeper = null!;
    private OnnxModelRuntime _runtime = null!;
    private LoadedArtefact _model = null!;

    [SetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        _keeper = new MemoryKeeper(_time, NullLogger<MemoryKeeper>.Instance);
        _runtime = new OnnxModelRuntime(new OnnxRuntimeSettings { WorkerThreads = 2 }, TimeProvider.System, Runtime.Log, _keeper);
        var factory = new BatchingExecutorFactory(_runtime, new QueueBudget(1L << 30), TimeSpan.Zero, TimeProvider.System, NullLogger<BatchingExecutorFactory>.Instance);

        // Two operators that cannot become one, so that something lies in the arena between them.
        var path = _folder.Write("model.onnx", Onnx.Model(g => g
            .Node("Softmax", ["x"], ["s"]).Node("Neg", ["s"], ["n"]).Node("Softmax", ["n"], ["y"])
            .Input("x", Onnx.Float, "rows", Width).Output("y", Onnx.Float, "rows", Width)));
        _model = factory.Load(path, new ExecutionOptions { Batching = Runtime.NoBatching }, Runtime.Label);
    }

    [TearDown]
    public async Task Unload()
    {
        await _model.Executor.DisposeAsync();
        _runtime.Dispose();
        _keeper.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Look_NothingRanForAPeriod_ArenaGivesItsMemoryBack()
    {
        await RunAsync(LargeRows);
        var whileItRuns = Period();
        var whenIdle = Period();
        Assert.That((whileItRuns, whenIdle >= LargeBytes, Period()), Is.EqualTo((0L, true, 0L)));
        await RunAsync(3);
    }

    [Test]
    public async Task Look_SmallRunsGoOnAfterALargeOne_ArenaGivesTheRestBack()
    {
        await RunAsync(LargeRows);
        Period();
        await RunAsync(2);
        Assert.That(Period(), Is.GreaterThanOrEqualTo(LargeBytes));
        await RunAsync(LargeRows);
    }

    [Test]
    public async Task Look_LargeRunsGoOn_ArenaStays()
    {
        for (var i = 0; i < 3; i++)
        {
            await RunAsync(LargeRows);
            Assert.That(Period(), Is.Zero);
        }
    }

    [Test]
    public async Task Look_ModelIsGone_TrimsTheHeapOnce()
    {
        if (!OperatingSystem.IsLinux() || _keeper.Read().UsedBytes is null)
            Assert.Ignore("the C library of this system is not GNU's");
        await RunAsync(LargeRows);
        await _model.Executor.DisposeAsync();
        var before = _keeper.Read().Trims;
        _time.Advance(MemoryKeeper.AfterEnd);
        Assert.That(_keeper.Read().Trims - before, Is.LessThanOrEqualTo(1));
        Assert.That(Period(), Is.Zero, "a session that is closed is not looked at");
    }

    [Test]
    public void Read_SomethingIsAllocated_UsedBytesGrowByIt()
    {
        if (_keeper.Read().UsedBytes is not { } before)
        {
            Assert.Ignore("the C library of this system is not GNU's");
            return;
        }

        const int bytes = 64 << 20;
        var block = Marshal.AllocHGlobal(bytes);
        var after = _keeper.Read().UsedBytes;
        Marshal.FreeHGlobal(block);
        Assert.That(after - before, Is.EqualTo(bytes).Within(16 << 20));
    }

    // Bytes that arenas gave back in the look at its end.
    private long Period()
    {
        var before = _keeper.Read().ArenaReturnedBytes;
        _time.Advance(MemoryKeeper.Period);
        return _keeper.Read().ArenaReturnedBytes - before;
    }

    private async Task RunAsync(int rows)
    {
        using var inputs = Runtime.Floats("x", TensorShape.Of(rows, Width), new float[rows * Width]);
        using var outputs = await _model.Executor.ExecuteAsync(inputs, Runtime.Context(rows));
        var values = outputs.Get("y").AsSpan<float>().ToArray();
        Assert.That((values.Length, values[0]), Is.EqualTo((rows * Width, 1f / Width)));
    }
}
