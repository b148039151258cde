using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Protocol;
using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Services.Health;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Inference.Adapters.Grpc.HealthCheck;

/// <summary>
/// The standard health check. Services are the server (no name, or the inference service's) and every model by its name.
/// Thread-safe; any number of watches may be open.
/// </summary>
internal sealed class HealthAdapter(HealthService health, HealthSignal signal, ServerLifecycle lifecycle) : global::Grpc.Health.V1.Health.HealthBase
{
    // How long a watcher that does not read may hold up its own end when the server stops.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);
    private static readonly string InferenceServiceName = GRPCInferenceService.Descriptor.FullName;

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = StatusOf(request.Service);
        return status != ServingStatus.ServiceUnknown
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new InferenceException(
                ErrorCode.ModelNotFound,
                $"service {ErrorText.Quote(request.Service)} is not known; ask for '' or '{InferenceServiceName}' (the server) or for a model by its name.");
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var writes = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        using var drain = lifecycle.Draining.Register(() => writes.CancelAfter(LastWord));
        try
        {
            ServingStatus? told = null;
            while (true)
            {
                var changed = signal.Next;
                var last = !lifecycle.TakesRequests;
                var status = StatusOf(request.Service);
                if (status != told)
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, writes.Token);
                told = status;
                if (last)
                    return;
                await changed.WaitAsync(context.CancellationToken);
            }
        }
        catch (Exception) when (writes.IsCancellationRequested)
        {
            // The watcher left, or did not read its last message in time. What a write then throws depends on the moment, and
            // there is nobody to tell.
        }
    }

    private ServingStatus StatusOf(string service)
    {
        var serves = service.Length == 0 || service == InferenceServiceName ? health.IsReady : health.IsModelServing(service);
        return serves switch
        {
            true => ServingStatus.Serving,
            false => ServingStatus.NotServing,
            null => ServingStatus.ServiceUnknown,
        };
    }
}
