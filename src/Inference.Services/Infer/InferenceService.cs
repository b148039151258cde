using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Inference.Services.Routing;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Infer;

/// <summary>Answers inference requests: admission, routing, running the pipeline, selecting outputs, counting. Thread-safe.</summary>
public sealed class InferenceService
{
    private readonly RoutingService _routing;
    private readonly PipelineRegistry _registry;
    private readonly Admission _admission;
    private readonly ServerLifecycle _lifecycle;
    private readonly IInferenceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<InferenceService> _logger;

    /// <summary>Creates the service.</summary>
    public InferenceService(
        RoutingService routing,
        PipelineRegistry registry,
        Admission admission,
        ServerLifecycle lifecycle,
        IInferenceMetrics metrics,
        TimeProvider time,
        ILogger<InferenceService> logger)
    {
        _routing = routing;
        _registry = registry;
        _admission = admission;
        _lifecycle = lifecycle;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>Answers one request.</summary>
    /// <param name="request">Its tensors stay the caller's and must live until the task is done.</param>
    /// <param name="cancellation">Cancelled when the caller goes away.</param>
    /// <returns>The response, to be disposed of when it is written.</returns>
    /// <exception cref="InferenceException">Every error of the table.</exception>
    public async ValueTask<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        var requestId = request.Id.Length > 0 ? request.Id : RequestIds.Next();
        PipelineObserver? observer = null;
        RequestContext? context = null;
        try
        {
            using var ticket = _admission.Enter(_lifecycle);
            using var lease = _routing.Acquire(request.ModelName, request.Version);
            context = CreateContext(request, requestId, start, cancellation);
            observer = (PipelineObserver)lease.Entry.Attachment!;
            OutputSelection.Check(observer.Label, request.Outputs, lease.Pipeline.Outputs);
            var all = await lease.Pipeline.RunAsync(request.Inputs, context).ConfigureAwait(false);
            var outputs = OutputSelection.Select(observer.Label, request.Outputs, all, new WorkLimit(observer.Label, context, _time));
            context.Timings.Total = _time.GetTimestamp() - start;
            observer.Succeeded(context);
            return new InferenceResponse(lease.Pipeline.Key.Name, observer.VersionText, request.Id, outputs, context);
        }
        catch (Exception e)
        {
            var error = Classify(e, observer?.Label ?? $"model {ErrorText.Quote(request.ModelName)}", cancellation);
            using (_logger.BeginRequest(requestId, request.ModelName, request.Version))
                Count(request.ModelName, error, observer, context, start);
            if (ReferenceEquals(e, error))
                throw;
            throw error;
        }
    }

    /// <summary>Counts and logs a request that an adapter refused, because it could not be read.</summary>
    /// <param name="modelName">The model that it names; empty where not even that could be read.</param>
    /// <param name="error">Why.</param>
    public void CountRejected(string modelName, InferenceException error)
    {
        _metrics.RequestRejected(_registry.Find(modelName)?.Name ?? string.Empty, error.Code.Name());
        _logger.RequestRejected(error.Code, error.Message);
    }

    private static InferenceException Classify(Exception e, string label, CancellationToken cancellation) => e switch
    {
        InferenceException known => known,
        OperationCanceledException when cancellation.IsCancellationRequested =>
            new InferenceException(ErrorCode.Cancelled, "the request was cancelled by its caller.", e),
        _ => new InferenceException(ErrorCode.Internal, $"{label}: the server failed on this request; its log has the details.", e),
    };

    // A request that reached a pipeline counts there, any other as rejected.
    private void Count(string model, InferenceException error, PipelineObserver? observer, RequestContext? context, long start)
    {
        if (observer is null || context is null)
        {
            CountRejected(model, error);
            return;
        }

        context.Timings.Total = _time.GetTimestamp() - start;
        observer.Failed(context, error);
        _logger.RequestFailed(error, observer.Warnings);
    }

    private RequestContext CreateContext(InferenceRequest request, string requestId, long start, CancellationToken cancellation)
    {
        var parameters = RequestParameters.Read(request.Parameters);
        return new RequestContext(requestId, cancellation)
        {
            Deadline = request.DeadlineUtc is { } deadline ? After(start, deadline - _time.GetUtcNow().UtcDateTime) : long.MaxValue,
            QueueDeadline = parameters.QueueTimeout is { } timeout ? After(start, timeout) : long.MaxValue,
            Priority = parameters.Priority,
        };
    }

    private long After(long start, TimeSpan span)
    {
        var ticks = span.TotalSeconds * _time.TimestampFrequency;
        return ticks >= long.MaxValue - start ? long.MaxValue : start + (long)ticks;
    }
}
