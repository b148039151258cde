using System.Collections.Concurrent;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

[CancelAfter(120_000)]
public sealed class LoadQueueTests
{
    [Test]
    public async Task Add_BeforeOpen_WaitsForItAndRunsInOrder(CancellationToken timeout)
    {
        var queue = new LoadQueue(1);
        var order = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            var number = i;
            queue.Add(() =>
            {
                order.Add(number);
                return Task.CompletedTask;
            });
        }

        var before = (order.Count, queue.Idle.IsCompleted);
        queue.Open();
        await queue.Idle.WaitAsync(timeout);

        Assert.That(before, Is.EqualTo((0, false)));
        Assert.That(order, Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
    }

    [Test]
    public async Task Load_Runs_OnAThreadOfItsOwn(CancellationToken timeout)
    {
        var queue = new LoadQueue(1);
        queue.Open();
        var isPool = true;
        queue.Add(() =>
        {
            isPool = Thread.CurrentThread.IsThreadPoolThread;
            return Task.CompletedTask;
        });
        await queue.Idle.WaitAsync(timeout);

        Assert.That(isPool, Is.False);
    }

    [Test]
    public async Task Load_Thread_HasEnteredItsPriority(CancellationToken timeout)
    {
        var priority = new EnteredThreads();
        var queue = new LoadQueue(2, priority);
        queue.Open();
        var entered = false;
        queue.Add(() =>
        {
            entered = priority.Threads.Contains(Environment.CurrentManagedThreadId);
            return Task.CompletedTask;
        });
        await queue.Idle.WaitAsync(timeout);

        Assert.That(entered, Is.True);
    }

    [Test]
    public async Task Limit_LoadsAtOnce_AreThatMany(CancellationToken timeout)
    {
        var queue = new LoadQueue(2);
        queue.Open();
        var gates = Gates(4);
        foreach (var gate in gates)
            queue.Add(gate.PassAsync);

        // The third begins only when one of the first two has ended.
        await Task.WhenAll(gates[0].Entered, gates[1].Entered).WaitAsync(timeout);
        var early = gates[2].Entered.IsCompleted;
        gates[1].Open();
        await gates[2].Entered.WaitAsync(timeout);
        var last = gates[3].Entered.IsCompleted;
        foreach (var gate in new[] { gates[0], gates[2], gates[3] })
            gate.Open();
        await queue.Idle.WaitAsync(timeout);

        Assert.That((early, last), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Limit_Lowered_HoldsForWhatBeginsLater(CancellationToken timeout)
    {
        var queue = new LoadQueue(2);
        queue.Open();
        var gates = Gates(4);
        foreach (var gate in gates)
            queue.Add(gate.PassAsync);
        await Task.WhenAll(gates[0].Entered, gates[1].Entered).WaitAsync(timeout);

        queue.Limit = 1;
        gates[0].Open();
        gates[1].Open();
        await gates[2].Entered.WaitAsync(timeout);
        var beside = gates[3].Entered.IsCompleted;
        gates[2].Open();
        gates[3].Open();
        await queue.Idle.WaitAsync(timeout);

        Assert.That(beside, Is.False);
    }

    [Test]
    public async Task Close_WhileOneRuns_DropsTheRestAndIsIdleWhenItEnds(CancellationToken timeout)
    {
        var queue = new LoadQueue(1);
        queue.Open();
        var gates = Gates(3);
        queue.Add(gates[0].PassAsync);
        queue.Add(gates[1].PassAsync);
        await gates[0].Entered.WaitAsync(timeout);

        queue.Close();
        queue.Add(gates[2].PassAsync);
        var during = queue.Idle.IsCompleted;
        gates[0].Open();
        await queue.Idle.WaitAsync(timeout);

        Assert.That((during, gates[1].Entered.IsCompleted, gates[2].Entered.IsCompleted), Is.EqualTo((false, false, false)));
    }

    [Test]
    public async Task Close_WhileOneRuns_TellsThoseThatNeverBegin(CancellationToken timeout)
    {
        var queue = new LoadQueue(1);
        queue.Open();
        var gates = Gates(3);
        var dropped = new List<int>();
        for (var i = 0; i < 2; i++)
        {
            var number = i;
            queue.Add(gates[i].PassAsync, () => dropped.Add(number));
        }

        await gates[0].Entered.WaitAsync(timeout);
        queue.Close();
        queue.Add(gates[2].PassAsync, () => dropped.Add(2));
        gates[0].Open();
        await queue.Idle.WaitAsync(timeout);

        Assert.That(dropped, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public async Task Add_FromManySides_RunsEachOnce(CancellationToken timeout)
    {
        var queue = new LoadQueue(3);
        queue.Open();
        var runs = new int[1000];
        await Task.WhenAll(Enumerable.Range(0, 10).Select(part => Task.Run(
            () =>
            {
                for (var i = part * 100; i < (part + 1) * 100; i++)
                {
                    var number = i;
                    queue.Add(() =>
                    {
                        Interlocked.Increment(ref runs[number]);
                        return Task.CompletedTask;
                    });
                }
            },
            timeout)));
        await queue.Idle.WaitAsync(timeout);

        Assert.That(runs, Is.All.EqualTo(1));
    }

    private sealed class EnteredThreads : ILoadPriority
    {
        public ConcurrentBag<int> Threads { get; } = [];

        public void Enter() => Threads.Add(Environment.CurrentManagedThreadId);
    }

    private static LoadGate[] Gates(int count) => [.. Enumerable.Range(0, count).Select(_ => new LoadGate())];
}
