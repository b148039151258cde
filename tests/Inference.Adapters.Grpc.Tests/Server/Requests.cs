using System.Buffers.Binary;
using System.Net;
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

    /// <summary>A message in its frame.</summary>
    public static byte[] Framed(IMessage message)
    {
        var body = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), body.Length - 5);
        message.WriteTo(body.AsSpan(5));
        return body;
    }

    /// <summary>A unary call with a message of these bytes.</summary>
    public static Task<byte[]> CallAsync(this LoopbackServer server, string service, string method, byte[] message) =>
        server.Channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, method, Bytes, Bytes), null, new CallOptions(), message).ResponseAsync;

    /// <summary>A call with a body of these bytes, frame and all; the status and text as they stand in the headers.</summary>
    public static async Task<(string Status, string Message)> PostAsync(this LoopbackServer server, string method, byte[] body, string? encoding = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, $"/inference.GRPCInferenceService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        if (encoding is not null)
            request.Headers.Add("grpc-encoding", encoding);
        using var response = await http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return (response.Headers.GetValues("grpc-status").Single(), response.Headers.GetValues("grpc-message").Single());
    }

    /// <summary>A call whose body does not end; done when the server ends it.</summary>
    public static async Task PostEndlessAsync(this LoopbackServer server, HttpClient http, string method, EndlessBody body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, $"/inference.GRPCInferenceService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Content.Headers.ContentType = new("application/grpc");
        using var response = await http.SendAsync(request);
    }

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
