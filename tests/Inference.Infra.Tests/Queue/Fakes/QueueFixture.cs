using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>An executor before lanes that the test moves, on a clock that stands still. Sees at the end that no memory is kept.</summary>
internal sealed class QueueFixture : IAsyncDisposable
{
    public const string Label = "model 'test' version 1";
    private readonly long _rented = TensorPool.Shared.Rented;
    private int _next;

    public QueueFixture(
        ExecutionOptions? options = null,
        ModelSpec? spec = null,
        Func<TensorSet, TensorSet>? model = null,
        TimeSpan inlineBelow = default,
        QueueBudget? budget = null,
        FakeTimeProvider? time = null)
    {
        options ??= new ExecutionOptions();
        Time = time ?? new FakeTimeProvider();
        Pool = new FakePool(options.Lanes, model ?? RowModel.Run);
        Budget = budget ?? new QueueBudget(1 << 30);
        Executor = new BatchingExecutor(Label, new OpenedArtefact(spec ?? RowModel.Fixed, Pool), options, inlineBelow, Budget, Time, NullLogger.Instance);
        Executor.Observe(Observer);
    }

    public FakeTimeProvider Time { get; }

    public FakePool Pool { get; }

    public FakeLane Lane => Pool.Lane;

    public RecordingObserver Observer { get; } = new();

    public QueueBudget Budget { get; }

    public BatchingExecutor Executor { get; }

    /// <summary>Ticks of the clock in that time.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    /// <summary>Sends rows of values that no other request has.</summary>
    public Call Send(
        int rows = 1,
        TimeSpan? deadline = null,
        TimeSpan? queueDeadline = null,
        ulong priority = 0,
        bool waits = false,
        int columns = 2,
        CancellationToken cancellation = default)
    {
        var x = Tensor.Allocate(TensorType.Float32, TensorShape.Of(rows, columns));
        foreach (ref var value in x.Mutable<float>())
            value = _next++;
        var inputs = new TensorSet().Add("x", x);
        var context = new RequestContext("request", cancellation)
        {
            Deadline = In(deadline),
            QueueDeadline = In(queueDeadline),
            Priority = priority,
            WaitsForRoom = waits,
            Rows = rows,
        };
        return new Call(inputs, context, Executor.ExecuteAsync(inputs, context).AsTask());
    }

    /// <summary>Sends several requests of that many rows each.</summary>
    public Call[] SendAll(params int[] rows) => [.. rows.Select(r => Send(r))];

    /// <summary>Lets the executor learn that a run of so many rows takes so long.</summary>
    public async Task Learn(TimeSpan duration, int rows = 1, int runs = 24)
    {
        for (var i = 0; i < runs; i++)
        {
            Lane.During = Pool.Inline!.During = () => Time.Advance(duration);
            var call = Send(rows);
            Assert.That(call.IsDone || Pool.RunOne(), Is.True);
            await call.Succeeds();
            Lane.During = Pool.Inline.During = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Executor.DisposeAsync();
        Assert.That(Budget.Taken, Is.Zero, "bytes of the budget that were not given back");
        Assert.That(Executor.Load, Is.EqualTo(default(QueueLoad)));
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rented), "buffers that were not given back");
    }

    private long In(TimeSpan? wait) => wait is { } span ? Time.GetTimestamp() + Ticks(span) : long.MaxValue;
}
