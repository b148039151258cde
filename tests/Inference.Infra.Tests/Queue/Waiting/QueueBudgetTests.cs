using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class QueueBudgetTests
{
    [Test]
    public void TryTake_Limit_IsKept()
    {
        var budget = new QueueBudget(10);
        Assert.That((budget.TryTake(6), budget.TryTake(5), budget.TryTake(4), budget.Taken), Is.EqualTo((true, false, true, 10)));
        budget.Give(6);
        Assert.That((budget.TryTake(7), budget.TryTake(6), budget.Taken), Is.EqualTo((false, true, 10)));
    }

    [Test]
    public void TryTake_Alone_AnySize()
    {
        var budget = new QueueBudget(10);
        Assert.That((budget.TryTake(1000), budget.TryTake(1)), Is.EqualTo((true, false)));
        budget.Give(1000);
        Assert.That(budget.TryTake(1), Is.True);
    }

    [Test]
    public void WaitForRoom_BytesComeBack_ToldOnceOnAnotherThread()
    {
        var budget = new QueueBudget(10);
        budget.TryTake(10);
        using var told = new SemaphoreSlim(0);
        var thread = 0;
        Action tell = () =>
        {
            thread = Environment.CurrentManagedThreadId;
            told.Release();
        };
        budget.WaitForRoom(tell);
        budget.WaitForRoom(tell);
        budget.Give(1);
        Assert.That(told.Wait(TimeSpan.FromSeconds(30)), Is.True);
        Assert.That(thread, Is.Not.EqualTo(Environment.CurrentManagedThreadId));
        budget.Give(1);
        Assert.That(told.CurrentCount, Is.Zero);
    }

    [Test]
    public void TryTake_ManyThreads_LimitIsKeptAndNobodyHangs()
    {
        const int Limit = 100;
        const int Rounds = 2000;
        var budget = new QueueBudget(Limit);
        var tooMany = 0;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            // Told late, after the end too, so that it is not disposed of.
            var room = new SemaphoreSlim(0);
            Action told = () => room.Release();
            for (var i = 0; i < Rounds; i++)
            {
                var bytes = 20 + ((i + thread) % 50);
                while (!budget.TryTake(bytes))
                {
                    budget.WaitForRoom(told);
                    if (budget.TryTake(bytes))
                        break;
                    Assert.That(room.Wait(TimeSpan.FromSeconds(30)), Is.True, "nobody told of room");
                }

                if (budget.Taken > Limit)
                    Interlocked.Increment(ref tooMany);
                budget.Give(bytes);
            }
        });
        Assert.That((tooMany, budget.Taken), Is.EqualTo((0, 0)));
    }
}
