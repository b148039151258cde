using Inference.Domain.Registry;
using Inference.Services.Routing;

namespace Inference.Services.Tests.Fakes;

/// <summary>Leases where a test knows that nothing has to be waited for.</summary>
internal static class RoutingExtensions
{
    public static PipelineLease Acquire(this RoutingService routing, string name, string version) =>
        routing.AcquireAsync(name, version, LoadPatience.Endless, CancellationToken.None).AsTask().GetAwaiter().GetResult();
}
