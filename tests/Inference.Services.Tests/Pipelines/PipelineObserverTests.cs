using Inference.Core.Telemetry;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Pipelines;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PipelineObserverTests
{
    private const string Name = "m/3 on cpu";
    private static readonly long Second = TimeProvider.System.TimestampFrequency;
    private readonly RecordingMetrics _metrics = new();

    private PipelineObserver Observer => new(new PipelineKey("m", 3), "cpu", _metrics, TimeProvider.System);

    [Test]
    public void RunCompleted_OfEitherResult_ReachesMetricsAndSuccessesTheStatistics()
    {
        var observer = Observer;

        observer.RunCompleted(new RunReport(8, 3, 0, Second, 0, Succeeded: true));
        observer.RunCompleted(new RunReport(2, 1, 0, Second, 0, Succeeded: false));

        Assert.Multiple(() =>
        {
            Assert.That(_metrics.Runs, Is.EqualTo(new[] { $"{Name}: 8 rows of 3 requests ok", $"{Name}: 2 rows of 1 requests failed" }));
            Assert.That(observer.Statistics.Read().Executions, Is.EqualTo(1));
        });
    }

    [TestCase(RefusalReason.QueueRows, "queue_rows")]
    [TestCase(RefusalReason.QueueBytes, "queue_bytes")]
    [TestCase(RefusalReason.TotalBytes, "total_bytes")]
    [TestCase(RefusalReason.Deadline, "deadline")]
    public void Refused_Reason_HasItsName(RefusalReason reason, string name)
    {
        Observer.Refused(reason);

        Assert.That(_metrics.Refused, Is.EqualTo(new[] { $"{Name}: {name}" }));
    }

    [TestCase(StopPlace.Queued, StopCause.Cancelled, "queued, cancelled")]
    [TestCase(StopPlace.Queued, StopCause.Deadline, "queued, deadline")]
    [TestCase(StopPlace.Queued, StopCause.QueueTimeout, "queued, queue_timeout")]
    [TestCase(StopPlace.Running, StopCause.Cancelled, "running, cancelled")]
    [TestCase(StopPlace.Running, StopCause.Deadline, "running, deadline")]
    public void Stopped_PlaceAndCause_HaveTheirNames(StopPlace place, StopCause cause, string names)
    {
        Observer.Stopped(place, cause);

        Assert.That(_metrics.Stopped, Is.EqualTo(new[] { $"{Name}: {names}" }));
    }

    [Test]
    public void Names_OfAllValues_AreDifferent() => Assert.Multiple(() =>
    {
        Assert.That(Enum.GetValues<RefusalReason>().Select(SchedulingNames.Of), Is.Unique.And.None.EqualTo("other"));
        Assert.That(Enum.GetValues<StopPlace>().Select(SchedulingNames.Of), Is.Unique);
        Assert.That(Enum.GetValues<StopCause>().Select(SchedulingNames.Of), Is.Unique.And.None.EqualTo("other"));
    });

    [Test]
    public void Waited_WithAndWithoutPrediction_OnlyThePredictedIsTold()
    {
        var observer = Observer;

        observer.Waited(predicted: -1, actual: Second);
        observer.Waited(predicted: 0, actual: Second / 2);
        observer.Waited(predicted: 2 * Second, actual: Second);

        Assert.That(_metrics.Waits, Is.EqualTo(new[] { (0.0, 0.5), (2.0, 1.0) }));
    }

    [Test]
    public void Attach_ThenDetach_WatchesTheQueueInBetween()
    {
        var observer = Observer;
        var executor = FakeExecutor.Doubling();

        observer.Attach(executor);
        executor.Load = new QueueLoad(2, 30, 400, 5) { Running = 3 };
        var depth = _metrics.Queues[Name]();
        observer.Detach();
        observer.Detach();

        Assert.Multiple(() =>
        {
            Assert.That(executor.Observer, Is.SameAs(observer));
            Assert.That(depth, Is.EqualTo(new QueueDepth(2, 30, 400, 5) { Running = 3 }));
            Assert.That(_metrics.Queues, Is.Empty);
        });
    }
}
