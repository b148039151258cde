using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Writes answers to the wire. Thread-safe.</summary>
internal static class InferAnswerCodec
{
    /// <summary>Writes the answer as a ModelInferResponse. The answer stays the caller's and may be disposed of after that.</summary>
    public static void Write(InferAnswer answer, SerializationContext context) => Write(InferResponseMapper.Encode(answer), context);

    /// <summary>Writes the answer as a ModelStreamInferResponse. The answer stays the caller's and may be disposed of after that.</summary>
    public static void WriteStreamed(InferAnswer answer, SerializationContext context) =>
        Write(new ModelStreamInferResponse { ErrorMessage = answer.Error, InferResponse = InferResponseMapper.Encode(answer) }, context);

    private static void Write(IMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
