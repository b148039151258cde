using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Routing;
using Inference.Services.SharedMemory;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Infer;

/// <summary>Answers inference requests: admission, routing, running the pipeline, selecting outputs, counting. Thread-safe.</summary>
public sealed partial class InferenceService
{
    private readonly RoutingService _routing;
    private readonly PipelineRegistry _registry;
    private readonly Admission _admission;
    private readonly SharedMemoryService _sharedMemory;
    private readonly ServerLifecycle _lifecycle;
    private readonly IInferenceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<InferenceService> _logger;

    /// <summary>Creates the service.</summary>
    public InferenceService(
        RoutingService routing,
        PipelineRegistry registry,
        Admission admission,
        SharedMemoryService sharedMemory,
        ServerLifecycle lifecycle,
        IInferenceMetrics metrics,
        TimeProvider time,
        ILogger<InferenceService> logger)
    {
        _routing = routing;
        _registry = registry;
        _admission = admission;
        _sharedMemory = sharedMemory;
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
    public async ValueTask<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellation) =>
        (await TryInferAsync(request, cancellation).ConfigureAwait(false)).Unwrap();

    /// <summary>Answers one request; an error is carried, not thrown.</summary>
    /// <param name="request">Its tensors stay the caller's and must live until the task is done.</param>
    /// <param name="cancellation">Cancelled when the caller goes away.</param>
    /// <returns>The response, to be disposed of when it is written, or the error.</returns>
    public async ValueTask<InferenceOutcome> TryInferAsync(InferenceRequest request, CancellationToken cancellation)
    {
        var run = new RequestRun(this, request, cancellation);
        try
        {
            Admission.Ticket ticket;
            if (request.WaitsForRoom)
                ticket = await _admission.EnterAsync(_lifecycle, cancellation).ConfigureAwait(false);
            else if (!_admission.TryEnter(_lifecycle, out ticket, out var refusal))
                return run.Failed(refusal);
            using (ticket)
            using (var lease = _routing.TryAcquire(request.ModelName, request.Version, run.Start, out var found)
                ? found
                : await _routing.AcquireAsync(request.ModelName, request.Version, run.Patience(), cancellation).ConfigureAwait(false))
            {
                run.Begin(lease);
                if (lease.Pipeline.IsDecoupled)
                    return run.Failed(new InferenceException(ErrorCode.NotSupported, $"{run.Label} answers a request several times, which one call cannot carry; send it on a stream, with ModelStreamInfer."));
                var pending = lease.Pipeline.RunAsync(request.Inputs, run.Context!);

                // A failure that is there already is taken as it is: awaiting it would throw it once more.
                if (pending.IsFaulted)
                    return run.Failed(pending.AsTask().Exception!.InnerException!);
                var all = await pending.ConfigureAwait(false);
                return run.Succeeded(run.Select(all, run.Context!));
            }
        }
        catch (Exception e)
        {
            return run.Failed(e);
        }
        finally
        {
            run.Dispose();
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
}
