using System.Collections.Concurrent;
using Inference.Adapters.Cli.Tests.Remote;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Tests.Bench;

/// <summary>A server with a model 'm' that answers y = x (FP32 [-1,2]), until a test has it do something else.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly FakeServer _server;

    private BenchServer(FakeServer server) => _server = server;

    public string Address => _server.Address;

    public ConcurrentQueue<ModelInferRequest> Requests { get; } = new();

    /// <summary>What is answered; gets the request and how many came before it.</summary>
    public Func<ModelInferRequest, int, FakeAnswer>? Answer { get; set; }

    public FakeServer Methods => _server;

    public static async Task<BenchServer> StartAsync()
    {
        var server = new BenchServer(await FakeServer.StartAsync());
        server._server.Answer("ModelMetadata", new ModelMetadataResponse
        {
            Name = "m",
            Inputs = { new ModelMetadataResponse.Types.TensorMetadata { Name = "x", Datatype = "FP32", Shape = { -1, 2 } } },
        });
        server._server.Answer("ModelInfer", bytes => server.Infer(ModelInferRequest.Parser.ParseFrom(bytes)));
        return server;
    }

    /// <summary>The right answer.</summary>
    public static FakeAnswer Echo(ModelInferRequest request) => FakeAnswer.Of(new ModelInferResponse
    {
        ModelName = "m",
        Id = request.Id,
        Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { request.Inputs[0].Shape } } },
        RawOutputContents = { request.RawInputContents },
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private FakeAnswer Infer(ModelInferRequest request)
    {
        var before = Requests.Count;
        Requests.Enqueue(request);
        return Answer?.Invoke(request, before) ?? Echo(request);
    }
}
