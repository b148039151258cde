using Grpc.Core;
using Inference.Adapters.Grpc.Calls;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Protocol;

/// <summary>The protocol's methods that carry tensors, with codecs of our own in place of the generated messages.</summary>
internal static class InferMethods
{
    /// <summary>One request, one answer.</summary>
    public static Method<InferCall, InferAnswer> Infer { get; } = new(
        MethodType.Unary,
        GRPCInferenceService.Descriptor.FullName,
        nameof(GRPCInferenceService.GRPCInferenceServiceClient.ModelInfer),
        new Marshaller<InferCall>(NotWritten, context => InferExchange.Keep(InferCallCodec.Read(context))),
        new Marshaller<InferAnswer>(WriteLast, NotRead));

    /// <summary>Any number of requests, and an answer to each.</summary>
    public static Method<InferCall, InferAnswer> Stream { get; } = new(
        MethodType.DuplexStreaming,
        GRPCInferenceService.Descriptor.FullName,
        nameof(GRPCInferenceService.GRPCInferenceServiceClient.ModelStreamInfer),
        new Marshaller<InferCall>(NotWritten, InferCallCodec.Read),
        new Marshaller<InferAnswer>(InferAnswerCodec.WriteStreamed, NotRead));

    // What is written is not needed any more, however long the client takes to read it.
    private static void WriteLast(InferAnswer answer, SerializationContext context)
    {
        InferAnswerCodec.Write(answer, context);
        answer.Dispose();
    }

    // The server's half of the codecs is all there is; clients have the generated messages.
    private static void NotWritten(InferCall call, SerializationContext context) => throw new NotSupportedException("A server writes no requests.");

    private static InferAnswer NotRead(DeserializationContext context) => throw new NotSupportedException("A server reads no answers.");
}
