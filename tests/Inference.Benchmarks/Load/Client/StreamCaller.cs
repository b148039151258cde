using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.Client;

/// <summary>Opens ModelStreamInfer calls whose messages are written and read without Protobuf objects.</summary>
internal static class StreamCaller
{
    /// <summary>One call; the answer is the one that its reader yields each time.</summary>
    public static AsyncDuplexStreamingCall<StreamedRequest, Answer> Open(CallInvoker invoker, Answer answer, CancellationToken cancellation)
    {
        var request = Marshallers.Create<StreamedRequest>((next, context) => next.Template!.Write(context, next.Id), _ => throw new NotSupportedException());
        var response = Marshallers.Create<Answer>((_, _) => throw new NotSupportedException(), answer.Read);
        var method = new Method<StreamedRequest, Answer>(
            MethodType.DuplexStreaming, GRPCInferenceService.Descriptor.FullName,
            nameof(GRPCInferenceService.GRPCInferenceServiceBase.ModelStreamInfer), request, response);
        return invoker.AsyncDuplexStreamingCall(method, null, new CallOptions(cancellationToken: cancellation));
    }
}
