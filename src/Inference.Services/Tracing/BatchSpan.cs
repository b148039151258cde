using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Domain.Execution;
using Inference.Domain.Registry;

namespace Inference.Services.Tracing;

/// <summary>The span of a run that several requests shared: a trace of its own, linked with each request that is recorded.</summary>
internal static class BatchSpan
{
    /// <summary>Tells of a run that is over.</summary>
    /// <returns>The span; nothing where nobody listens.</returns>
    public static ActivityContext Of(
        PipelineKey key, string device, in RunReport run, DateTimeOffset begun, DateTimeOffset ended, IReadOnlyList<RequestTrace> requests)
    {
        var tags = new ActivityTagsCollection
        {
            [InferenceTracing.ModelName] = key.Name,
            [InferenceTracing.ModelVersion] = key.VersionText,
            [InferenceTracing.Device] = device,
            [InferenceTracing.BatchRows] = run.Rows,
            [InferenceTracing.BatchRequests] = run.Requests,
        };
        var links = requests.Select(r => r.Span).Distinct().Select(span => new ActivityLink(span));
        var current = Activity.Current;
        Activity.Current = null;
        using var activity = InferenceTracing.Source.StartActivity(ActivityKind.Internal, default(ActivityContext), tags, links, begun, InferenceTracing.BatchSpan);
        if (!run.Succeeded)
            activity?.SetStatus(ActivityStatusCode.Error);
        activity?.SetEndTime(ended.UtcDateTime);
        activity?.Stop();
        Activity.Current = current;
        return activity?.Context ?? default;
    }
}
