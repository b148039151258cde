using CsCheck;
using Inference.Infra.OnnxRuntime.Devices;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

[TestFixture]
internal sealed class DeadlineWatchTests
{
    private readonly List<Item> _passed = [];
    private FakeTimeProvider _time = null!;
    private DeadlineWatch _watch = null!;

    [SetUp]
    public void Create()
    {
        _passed.Clear();
        _time = new FakeTimeProvider();
        _watch = new DeadlineWatch(_time);
    }

    [TearDown]
    public void Dispose() => _watch.Dispose();

    [Test]
    public void Add_Never_NothingIsSet()
    {
        _watch.Add(new Item(_passed) { Due = long.MaxValue });
        Assert.That((_watch.Count, _watch.IsTimerSet), Is.EqualTo((0, false)));
    }

    [Test]
    public void Add_EarlierThanTheOthers_TimerMovesForward()
    {
        var late = Add(1000);
        var early = Add(10);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.That(_passed, Is.EqualTo(new[] { early }));
        _time.Advance(TimeSpan.FromMilliseconds(990));
        Assert.That(_passed, Is.EqualTo(new[] { early, late }));
        Assert.That(_watch.IsTimerSet, Is.False);
    }

    [Test]
    public void Remove_ThenAdd_StaysRemoved()
    {
        var item = Add(10);
        _watch.Remove(item);
        _watch.Add(item);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_passed, Is.Empty);
        Assert.That(_watch.IsTimerSet, Is.False, "the timer is not set again for nothing");
    }

    [Test]
    public void Due_MovedToLater_PassesLater()
    {
        var item = Add(10);
        item.Due += 20 * _time.TimestampFrequency / 1000;
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.That(_passed, Is.Empty);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.That(_passed, Is.EqualTo(new[] { item }));
    }

    // Against a model: after any steps, exactly those have passed that were due and not removed in time.
    [Test]
    public void Sweep_AnySteps_PassesWhatIsDue() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 50]).List[0, 60].Sample(
            steps =>
            {
                Dispose();
                Create();
                var (now, all, gone) = (0, new List<(Item Item, int Due)>(), new HashSet<Item>());
                foreach (var (kind, value) in steps)
                {
                    if (kind == 0)
                    {
                        all.Add((Add(value), now + value));
                    }
                    else if (kind == 1)
                    {
                        now += value;
                        _time.Advance(TimeSpan.FromMilliseconds(value));
                    }
                    else if (all.Count > 0 && all[value % all.Count] is var chosen && chosen.Due > now)
                    {
                        gone.Add(chosen.Item);
                        _watch.Remove(chosen.Item);
                    }
                }

                var expected = all.Where(a => a.Due <= now && !gone.Contains(a.Item)).Select(a => a.Item).ToHashSet();
                return expected.SetEquals(_passed) && _passed.Count == expected.Count && _watch.Count == all.Count - expected.Count - gone.Count;
            },
            iter: 200,
            threads: 1);

    private Item Add(int milliseconds)
    {
        var item = new Item(_passed) { Due = _time.GetTimestamp() + (milliseconds * _time.TimestampFrequency / 1000) };
        _watch.Add(item);
        return item;
    }

    private sealed class Item(List<Item> passed) : Watched
    {
        public override void OnDue(long now) => passed.Add(this);
    }
}
