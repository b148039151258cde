using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Protocol;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Reads inference requests from the wire, within bounds on what a message may cost in memory. Thread-safe.</summary>
internal static class InferCallCodec
{
    private static readonly MessageParser<ModelInferRequest> Parser = ModelInferRequest.Parser.WithDiscardUnknownFields(true);

    /// <summary>The call that a message holds; also for a message that is wrong, whose reason the call then carries. The caller's.</summary>
    public static InferCall Read(DeserializationContext context) => Read(context.PayloadAsReadOnlySequence());

    /// <summary>The call that a message holds; also for a message that is wrong, whose reason the call then carries. The caller's.</summary>
    public static InferCall Read(in ReadOnlySequence<byte> message)
    {
        var (model, id) = (string.Empty, string.Empty);
        try
        {
            RequestScan.Of(message).Check();
            var request = Parser.ParseFrom(message);
            (model, id) = (request.ModelName, request.Id);
            return new InferCall(InferRequestMapper.Decode(request, DateTime.MaxValue), TensorForms.Of(request), RequestSize.Of(request));
        }
        catch (InferenceException e)
        {
            return new InferCall(model, id, e);
        }
        catch (InvalidProtocolBufferException)
        {
            return new InferCall(model, id, InferenceException.InvalidArgument(LibraryErrors.NotProtobuf));
        }
    }
}
