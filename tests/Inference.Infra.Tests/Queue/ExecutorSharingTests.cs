using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Whether requests share runs, by what runs took before.</summary>
[TestFixture]
internal sealed class ExecutorSharingTests
{
    private const int Rounds = 20;
    private static readonly TimeSpan Alone = TimeSpan.FromMicroseconds(500);

    [Test]
    public async Task Next_RunsTogetherTakeLonger_RequestsRunByThemselves()
    {
        await using var fixture = Fixture();
        await fixture.Learn(Alone);
        await RoundsAsync(fixture, Alone * 5);
        Assert.That(fixture.Lane.Runs.TakeLast(4), Is.EqualTo(new[] { 1, 1, 1, 1 }));
    }

    [Test]
    public async Task Execute_RequestsRunByThemselves_WaitAndRunArePredictedSo()
    {
        await using var fixture = Fixture();
        await fixture.Learn(Alone);
        await RoundsAsync(fixture, Alone * 5);

        // The runs of four before its own, which could be a fifth longer; one shared with them would take longer than six.
        var before = fixture.SendAll(1, 1, 1, 1);
        var late = fixture.Send(deadline: Alone * 5);
        var inTime = fixture.Send(deadline: Alone * 6);
        await late.Fails(ErrorCode.Overloaded);
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([.. before, inTime]);
    }

    [Test]
    public async Task Next_RunsTogetherAreFaster_RequestsShareThem()
    {
        await using var fixture = Fixture();
        await fixture.Learn(Alone);
        await RoundsAsync(fixture, Alone * 3);
        Assert.That(fixture.Lane.Runs[^1], Is.EqualTo(4));
    }

    [Test]
    public async Task Next_RunsTogetherTakeLongerButBatchesAreAskedFor_RequestsShareRuns()
    {
        await using var fixture = Fixture(new BatchingOptions { IsAsked = true });
        await fixture.Learn(Alone);
        await RoundsAsync(fixture, Alone * 5);
        Assert.That(fixture.Lane.Runs[^1], Is.EqualTo(4));
    }

    [Test]
    public async Task Next_RunsTogetherHaveBecomeFaster_IsFoundOutInTheEnd()
    {
        await using var fixture = Fixture();
        await fixture.Learn(Alone);
        await RoundsAsync(fixture, Alone * 5);
        for (var i = 0; i < Rounds * 20 && fixture.Lane.Runs[^1] < 4; i++)
            await RoundsAsync(fixture, Alone, 1);
        Assert.That(fixture.Lane.Runs[^1], Is.EqualTo(4));
    }

    // A look takes a moment, so that copies are seen to take one.
    private static QueueFixture Fixture(BatchingOptions? batching = null) => new(
        new ExecutionOptions { Batching = batching ?? new BatchingOptions() },
        time: new SteppedTime { PerLook = TimeSpan.FromTicks(1) });

    private static async Task RoundsAsync(QueueFixture fixture, TimeSpan together, int rounds = Rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var calls = fixture.SendAll(1, 1, 1, 1);
            var before = fixture.Lane.Runs.Sum();
            while (fixture.Lane.Runs.Sum() < before + calls.Length)
            {
                fixture.Lane.During = () => fixture.Time.Advance(fixture.Lane.Runs[^1] == 1 ? Alone : together);
                if (!fixture.Pool.RunOne())
                    fixture.Time.Advance(Alone);
            }

            fixture.Lane.During = null;
            await ExecutorBatchTests.All(calls);
        }
    }
}
