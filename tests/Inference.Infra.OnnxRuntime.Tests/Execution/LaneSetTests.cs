using Inference.Infra.OnnxRuntime.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

[TestFixture]
internal sealed class LaneSetTests
{
    private readonly List<StubLane> _made = [];
    private LaneSet _lanes = null!;

    [SetUp]
    public void Create()
    {
        _made.Clear();
        _lanes = new LaneSet(() =>
        {
            _made.Add(new StubLane());
            return _made[^1];
        });
    }

    [TearDown]
    public void Dispose() => _lanes.Dispose();

    [Test]
    public void Take_OneIsFree_ItIsUsedAgain()
    {
        var first = _lanes.Take(2)!;
        _lanes.Return(first);
        Assert.That(_lanes.Take(2), Is.SameAs(first));
        Assert.That(_made, Has.Count.EqualTo(1));
    }

    [Test]
    public void Take_SoManyAreOut_Null()
    {
        Lane? first = _lanes.Take(2), second = _lanes.Take(2);
        Assert.That(first, Is.Not.Null.And.Not.SameAs(second));
        Assert.That(second, Is.Not.Null);
        Assert.That((_lanes.Take(2), _lanes.Out), Is.EqualTo(((Lane?)null, 2)));
        Assert.That(_lanes.Take(3), Is.Not.Null, "others may take more");
        Assert.That(_lanes.Take(0), Is.Null);
    }

    [Test]
    public void Take_LaneCannotBeMade_NothingIsCounted()
    {
        using var lanes = new LaneSet(() => throw new InvalidOperationException("no memory"));
        Assert.That(() => lanes.Take(1), Throws.InvalidOperationException);
        lanes.Close();
        Assert.That((lanes.Out, lanes.Drained.IsCompleted), Is.EqualTo((0, true)));
    }

    [Test]
    public void Close_LanesAreOut_DrainedWithTheLastOfThem()
    {
        Lane first = _lanes.Take(2)!, second = _lanes.Take(2)!;
        _lanes.Close();
        Assert.That(_lanes.Take(2), Is.Null);
        _lanes.Return(first);
        Assert.That(_lanes.Drained.IsCompleted, Is.False);
        _lanes.Return(second);
        Assert.That(_lanes.Drained.IsCompleted, Is.True);
        _lanes.Dispose();
        Assert.That(_made.Select(l => l.Disposals), Is.EqualTo(new[] { 1, 1 }));
    }

    [Test]
    public void Close_NoLaneIsOut_DrainedAtOnce()
    {
        _lanes.Return(_lanes.Take(1)!);
        _lanes.Close();
        Assert.That(_lanes.Drained.IsCompleted, Is.True);
    }

    [Test]
    public void Take_ManyThreads_NoLaneTwiceAndNeverTooMany()
    {
        var taken = new HashSet<Lane>();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 5000; i++)
            {
                if (_lanes.Take(3) is not { } lane)
                    continue;
                lock (taken)
                    Assert.That(taken.Add(lane) && taken.Count <= 3, Is.True);
                lock (taken)
                    taken.Remove(lane);
                _lanes.Return(lane);
            }
        });
        Assert.That(_made, Has.Count.LessThanOrEqualTo(3));
        Assert.That(_lanes.Out, Is.Zero);
    }
}
