using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
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
        using var ticket = Enter(request);
        using var lease = Acquire(request);
        var observer = (PipelineObserver)lease.Entry.Attachment!;
        var context = CreateContext(request, start, cancellation);
        using var scope = _logger.BeginRequest(context.RequestId, lease.Pipeline.Key);
        try
        {
            var outputs = await RunAsync(request, lease, context).ConfigureAwait(false);
            context.Timings.Total = _time.GetTimestamp() - start;
            observer.Succeeded(context);
            return new InferenceResponse(lease.Pipeline.Key.Name, observer.VersionText, request.Id, outputs, context);
        }
        catch (Exception e)
        {
            context.Timings.Total = _time.GetTimestamp() - start;
            var error = Classify(e, lease.Pipeline.Key, cancellation);
            observer.Failed(context, error);
            _logger.RequestFailed(error);
            if (ReferenceEquals(e, error))
                throw;
            throw error;
        }
    }

    private static InferenceException Classify(Exception e, PipelineKey key, CancellationToken cancellation) => e switch
    {
        InferenceException known => known,
        OperationCanceledException when cancellation.IsCancellationRequested =>
            new InferenceException(ErrorCode.Cancelled, "the request was cancelled by its caller.", e),
        _ => new InferenceException(ErrorCode.Internal, $"{key.Describe()}: the server failed on this request; its log has the details.", e),
    };

    private async ValueTask<TensorSet> RunAsync(InferenceRequest request, PipelineLease lease, RequestContext context)
    {
        var owner = ((PipelineObserver)lease.Entry.Attachment!).Label;
        OutputSelection.Check(owner, request.Outputs, lease.Pipeline.Outputs);
        var outputs = await lease.Pipeline.RunAsync(request.Inputs, context).ConfigureAwait(false);
        return OutputSelection.Select(owner, request.Outputs, outputs, new WorkLimit(owner, context, _time));
    }

    private Admission.Ticket Enter(InferenceRequest request)
    {
        try
        {
            return _admission.Enter(_lifecycle);
        }
        catch (InferenceException e)
        {
            throw Rejected(request, e);
        }
    }

    private PipelineLease Acquire(InferenceRequest request)
    {
        try
        {
            return _routing.Acquire(request.ModelName, request.Version);
        }
        catch (InferenceException e)
        {
            throw Rejected(request, e);
        }
    }

    private RequestParameters ReadParameters(InferenceRequest request)
    {
        try
        {
            return RequestParameters.Read(request.Parameters);
        }
        catch (InferenceException e)
        {
            throw Rejected(request, e);
        }
    }

    private InferenceException Rejected(InferenceRequest request, InferenceException error)
    {
        _metrics.RequestRejected(_registry.Find(request.ModelName)?.Name ?? string.Empty, error.Code.Name());
        _logger.RequestRejected(error.Code, error.Message);
        return error;
    }

    private RequestContext CreateContext(InferenceRequest request, long start, CancellationToken cancellation)
    {
        var parameters = ReadParameters(request);
        return new RequestContext(request.Id.Length > 0 ? request.Id : RequestIds.Next(), cancellation)
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
