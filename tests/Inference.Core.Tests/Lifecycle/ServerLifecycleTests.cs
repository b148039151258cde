using Inference.Core.Lifecycle;

namespace Inference.Core.Tests.Lifecycle;

public sealed class ServerLifecycleTests
{
    private static readonly ServerPhase[] Phases = Enum.GetValues<ServerPhase>();

    [Test]
    public void Advance_FromAnyPhaseToAny_OnlyGoesForward()
    {
        Assert.Multiple(() =>
        {
            foreach (var from in Phases)
            {
                foreach (var to in Phases)
                {
                    using var lifecycle = new ServerLifecycle();
                    var raised = new List<ServerPhase>();
                    lifecycle.Advance(from);
                    lifecycle.PhaseChanged += raised.Add;

                    lifecycle.Advance(to);

                    Assert.That(lifecycle.Phase, Is.EqualTo(from > to ? from : to));
                    Assert.That(raised, Is.EqualTo(to > from ? new[] { to } : []));
                }
            }
        });
    }

    [TestCase(ServerPhase.Starting, true)]
    [TestCase(ServerPhase.Running, true)]
    [TestCase(ServerPhase.Grace, true)]
    [TestCase(ServerPhase.Draining, false)]
    [TestCase(ServerPhase.Stopped, false)]
    public void TryEnter_InPhase_IsTakenUntilDraining(ServerPhase phase, bool taken)
    {
        using var lifecycle = new ServerLifecycle();
        lifecycle.Advance(phase);

        Assert.Multiple(() =>
        {
            Assert.That(lifecycle.TakesRequests, Is.EqualTo(taken));
            Assert.That(lifecycle.TryEnter(), Is.EqualTo(taken));
            Assert.That(lifecycle.InFlight, Is.EqualTo(taken ? 1 : 0));
            Assert.That(lifecycle.Draining.IsCancellationRequested, Is.EqualTo(!taken));
        });
    }

    [TestCase(ServerPhase.Grace, false, true)]
    [TestCase(ServerPhase.Draining, true, true)]
    [TestCase(ServerPhase.Draining, false, false, Description = "nobody waits for its answer")]
    [TestCase(ServerPhase.Stopped, true, false)]
    public void TryEnterRead_InPhase_IsTakenWhereItsAnswerIsWaitedFor(ServerPhase phase, bool isAnswerCounted, bool taken)
    {
        using var lifecycle = new ServerLifecycle();
        if (isAnswerCounted)
            lifecycle.BeginAnswer();
        lifecycle.Advance(phase);

        Assert.That((lifecycle.TryEnterRead(), lifecycle.InFlight), Is.EqualTo((taken, taken ? 1 : 0)));
    }

    [Test]
    public async Task WaitUntilIdle_RequestsUnderWay_EndsWithTheLast()
    {
        using var lifecycle = new ServerLifecycle();
        lifecycle.TryEnter();
        lifecycle.TryEnter();
        lifecycle.Advance(ServerPhase.Draining);

        var idle = lifecycle.WaitUntilIdleAsync(CancellationToken.None);
        var states = new List<bool> { idle.IsCompleted };
        lifecycle.Leave();
        states.Add(idle.IsCompleted);
        lifecycle.TryEnter();
        states.Add(idle.IsCompleted);
        lifecycle.Leave();
        await idle.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.That(states, Has.All.False);
    }

    [Test]
    public async Task WaitUntilIdle_AnswerNotWritten_EndsWhenItIs([Values] bool answerEndsLast)
    {
        using var lifecycle = new ServerLifecycle();
        lifecycle.BeginAnswer();
        lifecycle.TryEnter();
        lifecycle.Advance(ServerPhase.Draining);
        Action[] ends = answerEndsLast ? [lifecycle.Leave, lifecycle.EndAnswer] : [lifecycle.EndAnswer, lifecycle.Leave];

        var idle = lifecycle.WaitUntilIdleAsync(CancellationToken.None);
        ends[0]();
        var ended = idle.IsCompleted;
        ends[1]();
        await idle.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.That((ended, lifecycle.Answers), Is.EqualTo((false, 0)));
    }

    [Test]
    public void CutOffAfter_NoTime_CancelsWithoutChangingThePhase()
    {
        using var lifecycle = new ServerLifecycle();
        Assert.That(lifecycle.CutOff.IsCancellationRequested, Is.False);

        lifecycle.CutOffAfter(TimeSpan.Zero);

        Assert.That(lifecycle.CutOff.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)), Is.True);
        Assert.That(lifecycle.Phase, Is.EqualTo(ServerPhase.Starting));
    }

    [Test]
    public async Task WaitUntilIdle_NothingUnderWay_EndsAtOnce()
    {
        using var lifecycle = new ServerLifecycle();
        lifecycle.TryEnter();
        lifecycle.Leave();
        lifecycle.Advance(ServerPhase.Draining);

        await lifecycle.WaitUntilIdleAsync(new CancellationToken(canceled: true));
    }

    [Test]
    public async Task WaitUntilIdle_Cancelled_EndsWhileRequestsGoOn()
    {
        using var lifecycle = new ServerLifecycle();
        lifecycle.TryEnter();
        lifecycle.Advance(ServerPhase.Draining);

        await Assert.CatchAsync<OperationCanceledException>(() => lifecycle.WaitUntilIdleAsync(new CancellationToken(canceled: true)));

        Assert.That(lifecycle.InFlight, Is.EqualTo(1));
    }

    [Test]
    public async Task WaitUntilIdle_BeforeDraining_IsADefectOfTheCaller()
    {
        using var lifecycle = new ServerLifecycle();

        await Assert.ThrowsAsync<InvalidOperationException>(() => lifecycle.WaitUntilIdleAsync(CancellationToken.None));
    }

    // Requests come and go on many threads while the phase changes: each is either refused and never counted, or counted and
    // waited for; the wait always ends, and nobody is inside when it does.
    [Test]
    [CancelAfter(60_000)]
    public async Task Drain_AgainstManyThreads_NeverLosesOrCutsARequest(CancellationToken timeout)
    {
        for (var round = 0; round < 150; round++)
        {
            using var lifecycle = new ServerLifecycle();
            using var start = new Barrier(5);
            var inside = 0;
            var entered = 0;
            var workers = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(timeout);
                    while (lifecycle.TryEnter())
                    {
                        Interlocked.Increment(ref inside);
                        Interlocked.Increment(ref entered);
                        Interlocked.Decrement(ref inside);
                        lifecycle.Leave();
                    }
                },
                timeout,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToArray();

            start.SignalAndWait(timeout);
            SpinWait.SpinUntil(() => Volatile.Read(ref entered) > 10 * (round % 7), TimeSpan.FromSeconds(30));
            lifecycle.Advance(ServerPhase.Draining);
            await lifecycle.WaitUntilIdleAsync(timeout);
            var insideAfterIdle = Volatile.Read(ref inside);
            var enteredAtIdle = Volatile.Read(ref entered);
            await Task.WhenAll(workers);

            Assert.That((insideAfterIdle, entered, lifecycle.InFlight), Is.EqualTo((0, enteredAtIdle, 0)), $"round {round}");
        }
    }
}
