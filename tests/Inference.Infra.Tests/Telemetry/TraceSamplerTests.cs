using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Infra.Telemetry;
using OpenTelemetry.Trace;

namespace Inference.Infra.Tests.Telemetry;

public sealed class TraceSamplerTests
{
    private static readonly ActivityContext Recorded = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
    private static readonly ActivityContext Unrecorded = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);

    [TestCase(0.0, ExpectedResult = 0)]
    [TestCase(1.0, ExpectedResult = 1000)]
    public int ShouldSample_RatioAtTheEnds_TakesNoneOrAll(double ratio)
    {
        var sampler = new TraceSampler(new TraceSettings(true, ratio, followsCaller: true));

        return Enumerable.Range(0, 1000).Count(_ => Samples(sampler, default));
    }

    [Test]
    public void ShouldSample_RatioBetween_TakesAboutThatPart()
    {
        var sampler = new TraceSampler(new TraceSettings(true, 0.25, followsCaller: true));

        // Six standard deviations of 10,000 independent choices.
        Assert.That(Enumerable.Range(0, 10_000).Count(_ => Samples(sampler, default)), Is.InRange(2240, 2760));
    }

    [TestCase(true, true, ExpectedResult = true)]
    [TestCase(true, false, ExpectedResult = false)]
    [TestCase(false, false, ExpectedResult = true)]
    public bool ShouldSample_CallerThatDecided_IsFollowedWhereThatIsSet(bool follows, bool isRecorded) =>
        Samples(new TraceSampler(new TraceSettings(true, 1, follows)), isRecorded ? Recorded : Unrecorded);

    [Test]
    public void ShouldSample_ModelThatIsSwitchedOff_LeavesTheOthers()
    {
        var settings = new TraceSettings(true, 1, followsCaller: true);
        settings.Update("quiet", o => o with { IsOn = false });
        var sampler = new TraceSampler(settings);

        Assert.That((Samples(sampler, Recorded, "quiet"), Samples(sampler, Recorded, "loud")), Is.EqualTo((false, true)));
    }

    [Test]
    public void ShouldSample_Allowance_EndsIt()
    {
        var settings = new TraceSettings(true, 1, followsCaller: true);
        settings.Update(string.Empty, o => o with { Allowance = new TraceAllowance(3) });
        var sampler = new TraceSampler(settings);

        Assert.That(Enumerable.Range(0, 10).Count(_ => Samples(sampler, default)), Is.EqualTo(3));
        Assert.That(settings.For(string.Empty).Allowance.Left, Is.Zero);
    }

    [Test]
    public void ShouldSample_PartOfARecordedCall_GoesWithIt()
    {
        var sampler = new TraceSampler(new TraceSettings(true, 0, followsCaller: true));

        Assert.Multiple(() =>
        {
            Assert.That(Samples(sampler, Recorded, kind: ActivityKind.Internal), Is.True);
            Assert.That(Samples(sampler, Unrecorded, kind: ActivityKind.Internal), Is.False);
            Assert.That(Samples(sampler, default, kind: ActivityKind.Internal, links: [new ActivityLink(Recorded)]), Is.True, "a run that it shared");
        });
    }

    private static bool Samples(TraceSampler sampler, ActivityContext parent, string model = "m", ActivityKind kind = ActivityKind.Server, ActivityLink[]? links = null)
    {
        var trace = parent.TraceId == default ? ActivityTraceId.CreateRandom() : parent.TraceId;
        var parameters = new SamplingParameters(parent, trace, "call", kind, [KeyValuePair.Create(InferenceTracing.ModelName, (object?)model)], links);
        return sampler.ShouldSample(parameters).Decision == SamplingDecision.RecordAndSample;
    }
}
