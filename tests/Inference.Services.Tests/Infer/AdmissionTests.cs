using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Infer;

public sealed class AdmissionTests
{
    [Test]
    [CancelAfter(30_000)]
    public void Enter_FromManyThreads_NeverExceedsTheLimitAndCountsBackToZero(CancellationToken cancellation)
    {
        const int limit = 3;
        using var lifecycle = new ServerLifecycle();
        var metrics = new RecordingMetrics();
        var admission = new Admission(limit, metrics);
        var (inside, most, refused) = (0, 0, 0);

        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation }, _ =>
        {
            try
            {
                using var ticket = admission.Enter(lifecycle);
                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                Interlocked.Decrement(ref inside);
            }
            catch (InferenceException e) when (e.Code == ErrorCode.Overloaded)
            {
                Interlocked.Increment(ref refused);
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
        var admission = new Admission(1, new RecordingMetrics());
        using var ticket = admission.Enter(lifecycle);

        var error = Assert.Throws<InferenceException>(() => admission.Enter(lifecycle));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Message, Does.StartWith("1 requests").And.Contain("Admission:MaxConcurrentRequests"));
            Assert.That(lifecycle.InFlight, Is.EqualTo(1));
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
