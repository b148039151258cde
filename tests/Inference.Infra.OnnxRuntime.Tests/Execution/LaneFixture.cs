using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.Execution;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>A device with one thread and a clock that stands still, with executors whose lanes the test controls.</summary>
internal sealed class LaneFixture : IDisposable
{
    public LaneFixture(int threads = 1) => Device = new Device("test", threads, runsInline: true, Time);

    public FakeTimeProvider Time { get; } = new();

    public Device Device { get; }

    public int Released { get; private set; }

    public LaneExecutor Executor(ManualLane lane, int maxQueued = 8, TimeSpan inlineBelow = default, int lanes = 1) =>
        new("model 'test' version 1", new ExecutorInfo("test", lanes), new ExecutionOptions { Lanes = lanes, MaxQueued = maxQueued }, Device, inlineBelow, Time, () => lane, () => Released++);

    public RequestContext Context(TimeSpan? deadline = null, TimeSpan? queueDeadline = null, CancellationToken cancellation = default) => new("request", cancellation)
    {
        Deadline = In(deadline),
        QueueDeadline = In(queueDeadline),
    };

    /// <summary>Inputs by which a run is recognised.</summary>
    public static TensorSet Inputs(string name = "x") => new TensorSet().Add(name, Tensor.Allocate(TensorType.Float32, TensorShape.Of(1)));

    public static async Task<InferenceException> Fails(Task<TensorSet> run) =>
        (await Assert.ThrowsAsync<InferenceException>(async () => await run.WaitAsync(TimeSpan.FromSeconds(30))))!;

    public void Dispose() => Device.Dispose();

    private long In(TimeSpan? wait) => wait is { } span ? Time.GetTimestamp() + (long)(span.TotalSeconds * Time.TimestampFrequency) : long.MaxValue;
}
