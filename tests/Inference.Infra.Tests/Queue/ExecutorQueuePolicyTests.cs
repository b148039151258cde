using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Limits in requests, and whose timeout holds.</summary>
[TestFixture]
internal sealed class ExecutorQueuePolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task ExecuteAsync_TooManyRequestsOfALevel_OverloadedWhateverTheirRows()
    {
        await using var fixture = new QueueFixture(Options(new PriorityLevelOptions(1) { MaxRequests = 2 }));
        var calls = fixture.SendAll(5, 1);
        var error = await fixture.Send().Fails(ErrorCode.Overloaded);

        Assert.That(error.Message, Does.Contain("2 requests wait").And.Contain("max_queue_size"));
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.QueueRequests }));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
    }

    [TestCase(TimeoutOverride.Any, 2.0, ExpectedResult = false)]
    [TestCase(TimeoutOverride.Any, 0.5, ExpectedResult = true)]
    [TestCase(TimeoutOverride.Shorter, 2.0, ExpectedResult = true)]
    [TestCase(TimeoutOverride.Shorter, 0.5, ExpectedResult = true)]
    [TestCase(TimeoutOverride.None, 2.0, ExpectedResult = true)]
    public async Task<bool> ExecuteAsync_RequestWithATimeout_TimesOutWithinASecond(TimeoutOverride rule, double seconds)
    {
        await using var fixture = new QueueFixture(Options(new PriorityLevelOptions(1) { Timeout = Second, Override = rule }));
        return await TimesOutAsync(fixture, Second, seconds);
    }

    [TestCase(TimeoutOverride.None, ExpectedResult = false)]
    [TestCase(TimeoutOverride.Shorter, ExpectedResult = true)]
    public async Task<bool> ExecuteAsync_RequestWithAShorterTimeout_TimesOutBeforeTheQueues(TimeoutOverride rule)
    {
        await using var fixture = new QueueFixture(Options(new PriorityLevelOptions(1) { Timeout = Second, Override = rule }));
        return await TimesOutAsync(fixture, Second / 2, 0.25);
    }

    private static ExecutionOptions Options(PriorityLevelOptions level) => new() { Queue = new QueueOptions { Levels = [level] } };

    private static async Task<bool> TimesOutAsync(QueueFixture fixture, TimeSpan waited, double seconds)
    {
        var call = fixture.Send(queueDeadline: TimeSpan.FromSeconds(seconds));
        fixture.Time.Advance(waited);
        fixture.Pool.RunAll();
        try
        {
            await call.Succeeds();
            return false;
        }
        catch (InferenceException e)
        {
            call.Inputs.Dispose();
            Assert.That(e.Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
            return true;
        }
    }
}
