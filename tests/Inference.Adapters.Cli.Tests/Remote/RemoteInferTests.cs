using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Tests.Remote;

public sealed class RemoteInferTests
{
    private const string Request = """{"id":"r","inputs":[{"name":"x","data":[[0.1,-3.4028235E+38],[1E-45,3]]}],"outputs":[{"name":"y"}]}""";

    [TestCase("--json")]
    [TestCase("--timeout=30")]
    public async Task Infer_SameRequestInProcessAndRemote_PrintsTheSame(string option)
    {
        using var shell = new Shell { StandardInput = Request };
        shell.Engine.Repository.Add("m", 1);
        await using var server = await ServerOver(shell);

        var local = await shell.RunAsync("infer", "m", "--version", "1", "--request", "-", option, "--repository", "models");
        var localOutput = shell.Output;
        var remote = await shell.RunAsync("infer", "m", "--version", "1", "--request", "-", option, "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That((local, remote), Is.EqualTo((0, 0)), shell.Error);
            Assert.That(localOutput, Does.Contain("y"));
            Assert.That(shell.Output, Is.EqualTo(localOutput));
        });
    }

    [Test]
    public async Task Infer_ServerRefuses_PrintsItsReason()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("ModelMetadata", _ => FakeAnswer.Error(5, "model 'm' is not in the repository."));

        var code = await shell.RunAsync("infer", "m", "--input", "x=1", "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.StartWith($"error: {server.Address}/ answered NotFound: model 'm' is not in the repository."));
        });
    }

    [Test]
    public async Task Infer_NobodyListens_SaysWhatToDo()
    {
        using var shell = new Shell();
        string address;
        await using (var server = await FakeServer.StartAsync())
            address = server.Address;

        var code = await shell.RunAsync("infer", "m", "--input", "x=1", "--server", address.Replace("http://", "", StringComparison.Ordinal));

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain(address).And.Contain("inference serve"));
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Infer_ServerNeverAnswers_EndsAtTheTimeout(CancellationToken cancellation)
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("ModelMetadata", _ => FakeAnswer.Never());

        var code = await shell.RunAsync("infer", "m", "--input", "x=1", "--server", server.Address, "--timeout", "0.2").WaitAsync(cancellation);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain("did not answer within 0.2 s (--timeout)"));
        });
    }

    // The server as the protocol has it, over the same engine: raw in, raw out.
    private static async Task<FakeServer> ServerOver(Shell shell)
    {
        var server = await FakeServer.StartAsync();
        server.Answer("ModelMetadata", new ModelMetadataResponse { Name = "m", Inputs = { new ModelMetadataResponse.Types.TensorMetadata { Name = "x", Datatype = "FP32", Shape = { -1, 2 } } } });
        server.Answer("ModelInfer", bytes => FakeAnswer.Of(Answer(shell, ModelInferRequest.Parser.ParseFrom(bytes))));
        return server;
    }

    private static ModelInferResponse Answer(Shell shell, ModelInferRequest request)
    {
        // The command's own engine was closed after its run, so this one is opened anew.
        shell.Host.OpenAsync([], CancellationToken.None).GetAwaiter().GetResult();
        using var inputs = new TensorSet().Add("x", Tensor.Wrap("x", TensorType.Float32, TensorShape.Of([.. request.Inputs[0].Shape]), request.RawInputContents[0].Memory));
        using var response = shell.Engine.Inference.InferAsync(
            new InferenceRequest { ModelName = request.ModelName, Version = request.ModelVersion, Id = request.Id, Inputs = inputs },
            CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var answer = new ModelInferResponse { ModelName = response.ModelName, ModelVersion = response.Version, Id = response.Id };
        foreach (var (name, tensor) in response.Outputs)
        {
            answer.Outputs.Add(new ModelInferResponse.Types.InferOutputTensor { Name = name, Datatype = tensor.Type.ProtocolName(), Shape = { tensor.Shape.Dimensions } });
            answer.RawOutputContents.Add(ByteString.CopyFrom(tensor.Data.Span));
        }

        return answer;
    }
}
