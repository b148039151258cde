using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

[TestFixture]
internal sealed class ExecutorPriorityTests
{
    [Test]
    public async Task Next_Levels_HighestFirstAndInOrderWithin()
    {
        await using var fixture = Fixture(TimeSpan.Zero);
        var calls = new ulong[] { 3, 1, 2, 1, 3, 0, 9 }.Select(p => fixture.Send(priority: p)).ToList();
        fixture.Time.Advance(TimeSpan.FromHours(1));
        fixture.Pool.RunAll();

        // 0 and 9 are the middle level.
        Assert.That(fixture.Lane.Seen.Select(v => v[0] / 2), Is.EqualTo(new[] { 1, 3, 2, 5, 6, 0, 4 }));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task Next_FloodOfTheHighestLevel_LowestGoesOnceItHasAged()
    {
        await using var fixture = Fixture(TimeSpan.FromSeconds(1));
        var low = fixture.Send(priority: 3);
        var flood = new List<Call> { fixture.Send(priority: 1) };
        for (var i = 1; !low.IsDone; i++)
        {
            Assert.That(i, Is.LessThan(23), "it is starved");
            flood.Add(fixture.Send(priority: 1));
            fixture.Pool.RunOne();
            fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
            if (fixture.Lane.Seen[^1][0] == 0)
                break;
        }

        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([low, .. flood]);
    }

    private static QueueFixture Fixture(TimeSpan ageing) =>
        new(new ExecutionOptions { Queue = new QueueOptions { PriorityLevels = 3, Ageing = ageing }, Batching = new BatchingOptions { MaxRows = 1 } });
}
