using Grpc.Core;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;
using Call = Grpc.Core.AsyncDuplexStreamingCall<Inference.Adapters.Protocol.ModelInferRequest, Inference.Adapters.Protocol.ModelStreamInferResponse>;

namespace Inference.Adapters.Grpc.Tests.Streams;

/// <summary>A client's side of one stream. Every wait ends in an error after a while.</summary>
internal sealed class StreamClient(Call call) : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static StreamClient Open(LoopbackServer server, DateTime? deadline = null, CancellationToken cancellation = default) =>
        new(server.Client.ModelStreamInfer(deadline: deadline, cancellationToken: cancellation));

    /// <summary>One byte for input X.</summary>
    public static ModelInferRequest Request(string id, byte value = 1, string model = "m") => Sized(id, model, [value]);

    public static ModelInferRequest Sized(string id, string model, byte[] data)
    {
        var request = Raw(model, TensorType.UInt8, data, data.Length);
        request.Id = id;
        return request;
    }

    public static ModelInferRequest With(ModelInferRequest request, string parameter)
    {
        request.Parameters.Add(parameter, new InferParameter { BoolParam = true });
        return request;
    }

    public Task SendAsync(ModelInferRequest request) => call.RequestStream.WriteAsync(request).WaitAsync(Limit);

    public Task CompleteAsync() => call.RequestStream.CompleteAsync().WaitAsync(Limit);

    /// <summary>The next answer; null where the stream has ended well.</summary>
    public async Task<ModelStreamInferResponse?> NextAsync() =>
        await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit) ? call.ResponseStream.Current : null;

    public async Task<List<ModelStreamInferResponse>> NextAsync(int count)
    {
        var answers = new List<ModelStreamInferResponse>(count);
        while (answers.Count < count)
            answers.Add(await NextAsync() ?? throw new AssertionException($"The stream ended after {answers.Count} of {count} answers."));
        return answers;
    }

    /// <summary>All answers until the stream ends.</summary>
    public async Task<List<ModelStreamInferResponse>> RestAsync()
    {
        var answers = new List<ModelStreamInferResponse>();
        while (await NextAsync() is { } answer)
            answers.Add(answer);
        return answers;
    }

    /// <summary>The error that the stream ends in.</summary>
    public Task<RpcException> EndAsync() => RefusedAsync(async () => await RestAsync());

    public void Dispose() => call.Dispose();
}
