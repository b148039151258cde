using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Infer;

public sealed class InferenceDeadlineTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    [Test]
    public async Task Infer_WithDeadlineTimeoutAndPriority_TellsTheExecutor()
    {
        var context = await RunAsync(DateTime.UtcNow.AddSeconds(30), new Dictionary<string, object> { ["timeout"] = 2_000_000L, ["priority"] = 3UL });

        var now = Clock.GetTimestamp();
        Assert.Multiple(() =>
        {
            Assert.That(Seconds(context.Deadline - now), Is.InRange(20.0, 30.1));
            Assert.That(Seconds(context.QueueDeadline - now), Is.LessThanOrEqualTo(2.0).And.LessThan(Seconds(context.Deadline - now)));
            Assert.That(context.Priority, Is.EqualTo(3));
        });
    }

    [Test]
    public async Task Infer_WithoutLimits_WaitsForEver()
    {
        var context = await RunAsync(null, []);

        Assert.That((context.Deadline, context.QueueDeadline, context.Priority), Is.EqualTo((long.MaxValue, long.MaxValue, 0UL)));
    }

    [Test]
    public async Task Infer_FarthestLimits_DoNotOverflow()
    {
        var context = await RunAsync(DateTime.MaxValue, new Dictionary<string, object> { ["timeout"] = ulong.MaxValue });

        Assert.Multiple(() =>
        {
            Assert.That(context.Deadline, Is.GreaterThan(Clock.GetTimestamp()));
            Assert.That(context.QueueDeadline, Is.GreaterThan(Clock.GetTimestamp()));
        });
    }

    [Test]
    public async Task Infer_DeadlinePassed_ExecutorSeesItInThePast()
    {
        var context = await RunAsync(DateTime.UtcNow.AddSeconds(-5), []);

        Assert.That(context.Deadline, Is.LessThan(Clock.GetTimestamp()));
    }

    private static async Task<RequestContext> RunAsync(DateTime? deadline, Dictionary<string, object> parameters)
    {
        RequestContext? seen = null;
        using var engine = await TestEngine.LoadedAsync(new FakeExecutor((_, context) =>
        {
            seen = context;
            return ValueTask.FromResult(new TensorSet());
        }));
        using var inputs = TestEngine.Row(1, 2);
        using var response = await engine.Inference.InferAsync(
            new InferenceRequest { ModelName = "m", Version = "1", Inputs = inputs, DeadlineUtc = deadline, Parameters = parameters },
            CancellationToken.None);
        return seen!;
    }

    private static double Seconds(long ticks) => (double)ticks / Clock.TimestampFrequency;
}
