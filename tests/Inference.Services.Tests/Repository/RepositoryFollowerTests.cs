using System.Collections.Concurrent;
using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Services.Tests.Repository;

/// <summary>When the repository is looked at, by a clock that the tests move.</summary>
[CancelAfter(120_000)]
public sealed class RepositoryFollowerTests
{
    private const int PeriodSeconds = 3600;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SmallStep = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentQueue<string> _settled = [];
    private readonly RecordingMetrics _metrics = new();
    private FakeTimeProvider _clock = null!;
    private TimeSpan _step;

    [SetUp]
    public void SetUp()
    {
        _clock = new FakeTimeProvider();
        _step = Step;
        _settled.Clear();
        _metrics.Looks.Clear();
    }

    [Test]
    public async Task Start_OldFiles_AreTakenAtOnce(CancellationToken timeout)
    {
        var repository = new ScriptedRepository(_ => [ScriptedRepository.Model("a")]);
        using var follower = Follower(repository);
        await follower.StartAsync(timeout);

        Assert.That((repository.Looks, string.Join(",", _settled)), Is.EqualTo((1, "1:a")));
    }

    [Test]
    public async Task Start_FilesChangedLately_AreLookedAtTwice(CancellationToken timeout)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var repository = new ScriptedRepository(_ => [ScriptedRepository.Model("a", now)]);
        using var follower = Follower(repository);
        await Driven(follower.StartAsync(timeout), timeout);

        Assert.That((repository.Looks, string.Join(",", _settled)), Is.EqualTo((2, "1:a")));
    }

    [Test]
    public async Task Start_TimerFiresEarly_FilesChangedLatelyAreThereAllTheSame(CancellationToken timeout)
    {
        _clock = new EarlyTimers();
        _step = SmallStep;
        var now = _clock.GetUtcNow().UtcDateTime;
        var repository = new ScriptedRepository(_ => [ScriptedRepository.Model("a", now)]);
        using var follower = Follower(repository);
        await Driven(follower.StartAsync(timeout), timeout);

        Assert.That((repository.Looks, string.Join(",", _settled)), Is.EqualTo((2, "1:a")));
    }

    [Test]
    public async Task Run_ModeNoneAndFilesStillWritten_EndsWhenTheyHaveSettled(CancellationToken timeout)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var repository = new ScriptedRepository(look => [ScriptedRepository.Model(look < 4 ? $"part {look}" : "whole", now)]);
        using var follower = Follower(repository, mode: "none");
        await Driven(follower.StartAsync(timeout), timeout);
        var first = string.Join(",", _settled);
        await Driven(follower.RunAsync(timeout), timeout);

        Assert.That(first, Is.EqualTo("none"));
        Assert.That(_settled.Distinct(), Is.EqualTo(new[] { "none", "1:whole" }));
    }

    [Test]
    public async Task Run_Event_IsFollowedByALookLongBeforeThePeriodEnds(CancellationToken timeout)
    {
        var content = "a";
        var repository = new ScriptedRepository(_ => [ScriptedRepository.Model(Volatile.Read(ref content))]);
        using var follower = Follower(repository);
        await follower.StartAsync(timeout);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var start = _clock.GetUtcNow();
        var run = follower.RunAsync(stop.Token);
        Volatile.Write(ref content, "b");
        repository.Changed!();
        await Driven(() => _settled.Contains("1:b"), timeout);
        var taken = _clock.GetUtcNow() - start;
        await stop.CancelAsync();
        await run.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That(taken, Is.LessThan(TimeSpan.FromSeconds(PeriodSeconds)));
    }

    [Test]
    public async Task Run_NoEvents_LooksInItsPeriod(CancellationToken timeout)
    {
        var repository = new ScriptedRepository(_ => [ScriptedRepository.Model("a")]);
        using var follower = Follower(repository, period: 5);
        await follower.StartAsync(timeout);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var start = _clock.GetUtcNow();
        var run = follower.RunAsync(stop.Token);
        await Driven(() => repository.Looks >= 4, timeout);
        var taken = _clock.GetUtcNow() - start;
        await stop.CancelAsync();
        await run.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That(taken, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(15)), "three looks after the first");
    }

    [Test]
    public async Task Run_StorageAwayForAWhile_HandsNothingOnUntilItIsBack(CancellationToken timeout)
    {
        var repository = new ScriptedRepository(look => look is 1 or > 3 ? [ScriptedRepository.Model("a")] : throw new InferenceException(ErrorCode.LoadFailed, "no such directory"));
        using var follower = Follower(repository, period: 1);
        await follower.StartAsync(timeout);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var run = follower.RunAsync(stop.Token);
        await Driven(() => _settled.Count >= 2, timeout);
        await stop.CancelAsync();
        await run.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That(_settled, Is.All.EqualTo("1:a"));
        Assert.That(_metrics.Looks.Take(4), Is.EqualTo(new[] { true, false, false, true }));
    }

    [Test]
    public async Task Find_FilesThatGoOnChanging_IsNotReady(CancellationToken timeout)
    {
        var now = _clock.GetUtcNow().UtcDateTime.AddDays(1);
        var repository = new ScriptedRepository(look => [ScriptedRepository.Model($"part {look}", now)]);
        using var follower = Follower(repository);
        var finding = follower.FindAsync("m", timeout);
        await Driven(() => finding.IsCompleted, timeout);

        var error = (await Assert.ThrowsAsync<InferenceException>(() => finding))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.NotReady));
        Assert.That(error.Message, Does.Contain("'m' is still being written"));
    }

    [Test]
    public async Task Find_FilesThatStayAsTheyAre_AreFoundAtTheSecondLook(CancellationToken timeout)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var repository = new ScriptedRepository(look => [ScriptedRepository.Model(look == 1 ? "part" : "whole", now)]);
        using var follower = Follower(repository);
        var finding = follower.FindAsync("m", timeout);
        await Driven(finding, timeout);

        Assert.That((await finding)!.Versions.Single().Stamp, Is.EqualTo("whole"));
    }

    private RepositoryFollower Follower(ScriptedRepository repository, string mode = "poll", double period = PeriodSeconds) => new(
        repository,
        new RepositoryOptions { Mode = mode, PollSeconds = period, SettleMilliseconds = 1000 },
        _metrics,
        _clock,
        NullLogger.Instance,
        models => _settled.Enqueue(Describe(models)));

    private static string Describe(IReadOnlyList<StoredModel> models) =>
        models.Count == 0 ? "none" : string.Join(" ", models.SelectMany(m => m.Versions).Select(v => $"{v.Version}:{v.Stamp}"));

    private async Task Driven(Task task, CancellationToken timeout)
    {
        await Driven(() => task.IsCompleted, timeout);
        await task;
    }

    // Moves the clock until something holds, with room for what it wakes.
    private async Task Driven(Func<bool> holds, CancellationToken timeout)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!holds())
        {
            _clock.Advance(_step);
            await turns.WaitForNextTickAsync(timeout);
        }
    }

    // Like a clock of the system whose ticks are coarse.
    private sealed class EarlyTimers : FakeTimeProvider
    {
        private const int Part = 4;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime / Part, period);
    }
}
