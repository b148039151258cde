using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Protocol.ModelInferRequest.Types;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Requests in the two forms, and calls below the generated client.</summary>
internal static class Requests
{
    public static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(b => b, b => b);

    public static ModelInferRequest Raw(string model, TensorType type, byte[] data, params long[] shape)
    {
        var request = new ModelInferRequest { ModelName = model, ModelVersion = "1", RawInputContents = { UnsafeByteOperations.UnsafeWrap(data) } };
        request.Inputs.Add(new InferInputTensor { Name = "X", Datatype = type.ProtocolName(), Shape = { shape } });
        return request;
    }

    public static ModelInferRequest Typed(string model, TensorType type, InferTensorContents contents, params long[] shape)
    {
        var request = new ModelInferRequest { ModelName = model, ModelVersion = "1" };
        request.Inputs.Add(new InferInputTensor { Name = "X", Datatype = type.ProtocolName(), Shape = { shape }, Contents = contents });
        return request;
    }

    /// <summary>A unary call with a message of these bytes.</summary>
    public static Task<byte[]> CallAsync(this LoopbackServer server, string service, string method, byte[] message) =>
        server.Channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, method, Bytes, Bytes), null, new CallOptions(), message).ResponseAsync;

    /// <summary>The error that the call ends in.</summary>
    public static async Task<RpcException> RefusedAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException e)
        {
            return e;
        }

        throw new AssertionException("The call was answered; expected an error.");
    }
}
