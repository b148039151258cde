using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Infer;

public sealed class AdmissionTests
{
    [Test]
    [CancelAfter(120_000)]
    public void Enter_FromManyThreads_NeverExceedsTheLimitAndCountsBackToZero(CancellationToken cancellation)
    {
        const int limit = 3;
        using var lifecycle = new ServerLifecycle();
        var metrics = new RecordingMetrics();
        var admission = new Admission(limit, metrics);
        var (inside, most, refused) = (0, 0, 0);

        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation }, _ =>
        {
            if (!admission.TryEnter(lifecycle, out var ticket, out var refusal))
            {
                Assert.That(refusal.Code, Is.EqualTo(ErrorCode.Overloaded));
                Interlocked.Increment(ref refused);
                return;
            }

            using (ticket)
            {
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                Interlocked.Decrement(ref inside);
            }
        });

        Assert.Multiple(() =>
        {
            Assert.That(most, Is.InRange(1, limit));
            Assert.That(refused, Is.LessThan(20_000));
            Assert.That((lifecycle.InFlight, metrics.InFlight), Is.EqualTo((0, 0)));
        });
    }

    [Test]
    public void Enter_AtTheLimit_NamesItAndTheSetting()
    {
        using var lifecycle = new ServerLifecycle();
        var metrics = new RecordingMetrics();
        var admission = new Admission(1, metrics);
        Assert.That(admission.TryEnter(lifecycle, out var ticket, out _));
        using var taken = ticket;

        Assert.That(admission.TryEnter(lifecycle, out _, out var error), Is.False);

        Assert.Multiple(() =>
        {
            Assert.That(error!.Message, Does.StartWith("1 requests").And.Contain("Admission:MaxConcurrentRequests"));
            Assert.That(metrics.Refused, Is.EqualTo(new[] { "concurrency" }));
            Assert.That(lifecycle.InFlight, Is.EqualTo(1));
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task EnterAsync_AtTheLimit_WaitsInTheOrderOfArrival(CancellationToken cancellation)
    {
        using var lifecycle = new ServerLifecycle();
        var metrics = new RecordingMetrics();
        var admission = new Admission(1, metrics);
        var first = await admission.EnterAsync(lifecycle, cancellation);
        var second = admission.EnterAsync(lifecycle, cancellation).AsTask();
        var third = admission.EnterAsync(lifecycle, cancellation).AsTask();

        Assert.That((second.IsCompleted, third.IsCompleted, metrics.InFlight), Is.EqualTo((false, false, 1)));
        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();

        Assert.That((lifecycle.InFlight, metrics.InFlight), Is.EqualTo((0, 0)));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task EnterAsync_CancelledWhileItWaits_LeavesItsPlaceToTheNext(CancellationToken cancellation)
    {
        using var lifecycle = new ServerLifecycle();
        var admission = new Admission(1, new RecordingMetrics());
        using var leave = new CancellationTokenSource();
        var first = await admission.EnterAsync(lifecycle, cancellation);
        var second = admission.EnterAsync(lifecycle, leave.Token).AsTask();
        var third = admission.EnterAsync(lifecycle, cancellation).AsTask();

        await leave.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        first.Dispose();
        (await third).Dispose();

        Assert.That(lifecycle.InFlight, Is.Zero);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task EnterAsync_ServerDrainsMeanwhile_StillGetsItsTurnButANewOneDoesNot(CancellationToken cancellation)
    {
        using var lifecycle = new ServerLifecycle();
        var admission = new Admission(1, new RecordingMetrics());
        var first = await admission.EnterAsync(lifecycle, cancellation);
        var waiting = admission.EnterAsync(lifecycle, cancellation).AsTask();

        lifecycle.Advance(ServerPhase.Draining);
        var refused = await Assert.ThrowsAsync<InferenceException>(async () => await admission.EnterAsync(lifecycle, cancellation));
        var idle = lifecycle.WaitUntilIdleAsync(cancellation);
        first.Dispose();
        var idleBefore = idle.IsCompleted;
        (await waiting).Dispose();
        await idle;

        Assert.That((refused!.Code, idleBefore), Is.EqualTo((ErrorCode.ShuttingDown, false)));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task EnterAsync_ReadWhenTheServerBeganToDrain_IsTakenOn(CancellationToken cancellation)
    {
        using var lifecycle = new ServerLifecycle();
        var admission = new Admission(1, new RecordingMetrics());
        lifecycle.BeginAnswer();
        lifecycle.Advance(ServerPhase.Draining);

        var ticket = await admission.EnterAsync(lifecycle, cancellation);
        var idle = lifecycle.WaitUntilIdleAsync(cancellation);
        ticket.Dispose();
        var idleBefore = idle.IsCompleted;
        lifecycle.EndAnswer();
        await idle;

        Assert.That(idleBefore, Is.False);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task EnterAsync_ManyWithCancelledOnesAmongThem_AllEndAndNoneTooMany(CancellationToken cancellation)
    {
        const int limit = 3;
        using var lifecycle = new ServerLifecycle();
        var admission = new Admission(limit, new RecordingMetrics());
        var (inside, most, entered, left) = (0, 0, 0, 0);

        await Parallel.ForAsync(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation }, async (i, _) =>
        {
            using var leave = new CancellationTokenSource();
            var entering = admission.EnterAsync(lifecycle, leave.Token);
            if (i % 3 == 0)
                await leave.CancelAsync();
            try
            {
                using var ticket = await entering;
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                Interlocked.Increment(ref entered);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref left);
            }
        });

        Assert.Multiple(() =>
        {
            Assert.That(most, Is.InRange(1, limit));
            Assert.That(entered + left, Is.EqualTo(20_000));
            Assert.That(lifecycle.InFlight, Is.Zero);
        });
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
