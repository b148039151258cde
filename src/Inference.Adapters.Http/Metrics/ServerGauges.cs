using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>What is read from the server at each scrape: its phase and the use of its tensor pool.</summary>
internal static class ServerGauges
{
    public static void Register(CollectorRegistry registry, IMetricFactory factory, ServerLifecycle lifecycle, TensorPool pool)
    {
        var phase = new StateSet<ServerLifecycle>(
            factory.CreateGauge("inference_server_phase", "Phase of the server: 1 for the one it is in, 0 for the others.", ["phase"]),
            Enum.GetNames<ServerPhase>(),
            (_, name) => [name]);
        var rented = factory.CreateGauge("inference_tensor_pool_rented_buffers", "Tensor buffers that are in use now.");
        var retained = factory.CreateGauge("inference_tensor_pool_retained_bytes", "Native memory that the tensor pool keeps for reuse.");
        registry.AddBeforeCollectCallback(() =>
        {
            phase.Change(lifecycle, lifecycle.Phase.ToString());
            phase.Publish();
            rented.Set(pool.Rented);
            retained.Set(pool.RetainedBytes);
        });
    }
}
