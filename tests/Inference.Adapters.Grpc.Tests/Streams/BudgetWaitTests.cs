using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Tests.Server;

namespace Inference.Adapters.Grpc.Tests.Streams;

/// <summary>Streams that wait for bytes of the budget, which are 100.</summary>
internal sealed class BudgetWaitTests
{
    private RequestBudget _budget = null!;

    [SetUp]
    public void Create() => _budget = new RequestBudget(new GrpcAdapterOptions(50, 100, "s", "1"), new RejectionMetrics());

    [Test]
    public async Task TakeAsync_NoneLeft_WaitsInTheOrderOfTheMessages()
    {
        _budget.Take(90, held: 0);
        var (older, younger) = (_budget.NextAge(), _budget.NextAge());
        var second = _budget.TakeAsync(20, 0, younger, CancellationToken.None).AsTask();
        var first = _budget.TakeAsync(60, 0, older, CancellationToken.None).AsTask();

        _budget.Give(40);
        var early = (first.IsCompleted, second.IsCompleted, _budget.TryTake(1, 0));
        _budget.Give(30);
        await Task.WhenAll(first, second).WaitAsync(StreamClient.Limit);

        Assert.That(early, Is.EqualTo((false, false, false)), "none may pass");
        Assert.That(_budget.Taken, Is.EqualTo(100));
    }

    [Test]
    public async Task TakeAsync_OnlyWaitersHoldBytes_TheOldestGoesOn()
    {
        _budget.Take(50, held: 0);
        _budget.Take(50, held: 0);
        var (older, younger) = (_budget.NextAge(), _budget.NextAge());
        var second = _budget.TakeAsync(10, 50, younger, CancellationToken.None).AsTask();
        var before = second.IsCompleted;
        var first = _budget.TakeAsync(30, 50, older, CancellationToken.None).AsTask();
        await first.WaitAsync(StreamClient.Limit);
        var after = second.IsCompleted;

        // Its message is read and answered.
        _budget.Give(80);
        await second.WaitAsync(StreamClient.Limit);

        Assert.That((before, after, _budget.Taken), Is.EqualTo((false, false, 60L)));
    }

    [Test]
    public async Task TakeAsync_Cancelled_TakesNothingAndLetsTheNextGo()
    {
        _budget.Take(90, held: 0);
        using var cancel = new CancellationTokenSource();
        var first = _budget.TakeAsync(20, 0, _budget.NextAge(), cancel.Token).AsTask();
        var second = _budget.TakeAsync(10, 0, _budget.NextAge(), CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        await second.WaitAsync(StreamClient.Limit);

        Assert.That(_budget.Taken, Is.EqualTo(100));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task TakeAsync_ManyAtOnce_AllEndAndNothingIsLost(CancellationToken cancellation)
    {
        await Parallel.ForAsync(0, 5000, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation }, async (i, _) =>
        {
            var (first, second) = (1 + (i % 40), 1 + (i % 33));
            var age = _budget.NextAge();
            if (!_budget.TryTake(first, 0))
                await _budget.TakeAsync(first, 0, age, cancellation);
            await Task.Yield();
            if (!_budget.TryTake(second, first))
                await _budget.TakeAsync(second, first, age, cancellation);
            _budget.Give(first + second);
        });

        Assert.That(_budget.Taken, Is.Zero);
    }
}
