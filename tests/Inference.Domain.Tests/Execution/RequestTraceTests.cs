using Inference.Domain.Execution;

namespace Inference.Domain.Tests.Execution;

public sealed class RequestTraceTests
{
    [Test]
    public void Intervals_OfWhatWasAdded_AreInItsOrder()
    {
        var trace = new RequestTrace(default);
        trace.Add(new StageInterval(Stage.Queue, 1, 2));
        trace.Add(new StageInterval(Stage.Execute, 2, 5, BatchRows: 4));

        Assert.That(trace.Intervals(), Is.EqualTo(new[] { new StageInterval(Stage.Queue, 1, 2), new StageInterval(Stage.Execute, 2, 5, 4) }));
    }

    [Test]
    public void Add_MoreThanIsKept_CountsTheRest()
    {
        var trace = new RequestTrace(default);

        Parallel.For(0, RequestTrace.MostIntervals + 10, i => trace.Add(new StageInterval(Stage.Queue, i, i)));

        Assert.That((trace.Intervals().Count, trace.LeftOut), Is.EqualTo((RequestTrace.MostIntervals, 10)));
    }
}
