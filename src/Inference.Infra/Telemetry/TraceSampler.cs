using System.Diagnostics;
using Inference.Core.Telemetry;
using OpenTelemetry.Trace;

namespace Inference.Infra.Telemetry;

/// <summary>
/// Decides which calls are recorded, by settings that may change while the server runs. What belongs to a recorded call, a
/// stage or a run that it shared, is recorded with it. Thread-safe.
/// </summary>
internal sealed class TraceSampler(TraceSettings settings) : Sampler
{
    private static readonly SamplingResult Yes = new(SamplingDecision.RecordAndSample);
    private static readonly SamplingResult No = new(SamplingDecision.Drop);
    private volatile RatioSampler? _last;

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        if (samplingParameters.Kind != ActivityKind.Server)
            return IsSampled(parent) || (samplingParameters.Links?.Any(l => IsSampled(l.Context)) ?? false) ? Yes : No;
        var policy = settings.For(Model(samplingParameters.Tags));
        if (!policy.IsOn)
            return No;
        var isWanted = settings.FollowsCaller && parent.TraceId != default
            ? IsSampled(parent)
            : OfRatio(policy.Ratio).ShouldSample(samplingParameters).Decision == SamplingDecision.RecordAndSample;
        return isWanted && policy.Allowance.TryTake() ? Yes : No;
    }

    private static bool IsSampled(in ActivityContext context) => (context.TraceFlags & ActivityTraceFlags.Recorded) != 0;

    private static string Model(IEnumerable<KeyValuePair<string, object?>>? tags)
    {
        foreach (var tag in tags ?? [])
        {
            if (tag.Key == InferenceTracing.ModelName)
                return tag.Value as string ?? string.Empty;
        }

        return string.Empty;
    }

    private TraceIdRatioBasedSampler OfRatio(double ratio)
    {
        if (_last is { } last && last.Ratio.Equals(ratio))
            return last.Sampler;
        var made = new RatioSampler(ratio, new TraceIdRatioBasedSampler(ratio));
        _last = made;
        return made.Sampler;
    }

    private sealed record RatioSampler(double Ratio, TraceIdRatioBasedSampler Sampler);
}
