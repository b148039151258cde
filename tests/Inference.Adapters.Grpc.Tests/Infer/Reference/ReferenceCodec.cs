using System.Buffers;
using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>What the codec must agree with: the generated parser, with plain mappers and checks behind it.</summary>
internal static class ReferenceCodec
{
    private static readonly MessageParser<ModelInferRequest> Parser = ModelInferRequest.Parser.WithDiscardUnknownFields(true);

    public static InferCall Read(byte[] message)
    {
        try
        {
            RequestScan.Of(new ReadOnlySequence<byte>(message)).Check();
            var request = Parser.ParseFrom(message);
            return new InferCall(InferRequestMapper.Decode(request, DateTime.MaxValue), TensorForms.Of(request), 0);
        }
        catch (InferenceException e)
        {
            return new InferCall(string.Empty, string.Empty, e);
        }
        catch (InvalidProtocolBufferException)
        {
            return new InferCall(string.Empty, string.Empty, InferenceException.InvalidArgument(WireReader.NotProtobuf));
        }
    }
}
