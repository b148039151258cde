using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Micro.Calls;

/// <summary>A method of the gRPC library that does nothing: what a call costs before anybody does anything with it.</summary>
internal sealed class EmptyService : GRPCInferenceService.GRPCInferenceServiceBase
{
    private static readonly Task<ServerLiveResponse> Answer = Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) => Answer;
}
