using Grpc.Core;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class DecoupledTests
{
    private static readonly TestModel Each = TestModel.Identity("m", TensorType.UInt8) with { IsDecoupled = true };

    [Test]
    public async Task ModelStreamInfer_Decoupled_AnswersEachPieceAndFlagsTheLast()
    {
        await using var server = await LoopbackServer.StartAsync(Each);
        using var stream = Open(server);
        await stream.SendAsync(Sized("a", "m", [5, 6, 7]));

        var answers = await stream.NextAsync(3);

        Assert.That(answers.Select(a => a.InferResponse.Id), Is.All.EqualTo("a"));
        Assert.That(answers.Select(a => a.InferResponse.RawOutputContents[0].Single()), Is.EqualTo(new byte[] { 5, 6, 7 }));
        Assert.That(answers.Select(IsFinal), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public async Task ModelStreamInfer_DecoupledWithEmptyFinal_EndsInAnEmptyResponse()
    {
        await using var server = await LoopbackServer.StartAsync(Each);
        using var stream = Open(server);
        await stream.SendAsync(With(Sized("a", "m", [5, 6]), "triton_enable_empty_final_response"));

        var answers = await stream.NextAsync(3);

        Assert.That(answers.Select(IsFinal), Is.EqualTo(new[] { false, false, true }));
        Assert.That(answers.Select(a => a.InferResponse.Outputs.Count), Is.EqualTo(new[] { 1, 1, 0 }));
        Assert.That((answers[2].InferResponse.Id, answers[2].InferResponse.ModelName, answers[2].InferResponse.ModelVersion), Is.EqualTo(("a", "m", "1")));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task ModelStreamInfer_DecoupledWithNothingToAnswer_SendsOneEmptyFinalResponse(bool asked)
    {
        await using var server = await LoopbackServer.StartAsync(Each);
        using var stream = Open(server);
        var request = Sized("a", "m", []);
        await stream.SendAsync(asked ? With(request, "triton_enable_empty_final_response") : request);
        await stream.CompleteAsync();

        var answer = (await stream.RestAsync()).Single();

        Assert.That((answer.InferResponse.Id, IsFinal(answer), answer.InferResponse.Outputs.Count), Is.EqualTo(("a", true, 0)));
    }

    [Test]
    public async Task ModelStreamInfer_PieceFails_PiecesBeforeItAreAnsweredThenTheError()
    {
        await using var server = await LoopbackServer.StartAsync(Each with
        {
            Run = (inputs, context) => inputs.Get("X").Data.Span[0] == 3 ? throw new InferenceException(ErrorCode.ExecutionFailed, "as told.") : Each.Run(inputs, context),
        });
        using var stream = Open(server);
        await stream.SendAsync(Sized("a", "m", [1, 2, 3, 4, 5]));
        await stream.CompleteAsync();

        var answers = await stream.RestAsync();

        Assert.That(answers.Select(a => a.ErrorMessage), Is.EqualTo(new[] { string.Empty, string.Empty, "as told." }));
        Assert.That(answers.Select(a => (a.InferResponse.Id, IsFinal(a))), Is.EqualTo(new[] { ("a", false), ("a", false), ("a", true) }));
    }

    [Test]
    public async Task ModelStreamInfer_DecoupledToAClientThatNeverReads_PreparesFewPieces()
    {
        const int Pieces = 100_000;
        var runs = 0;
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("other", TensorType.UInt8), Each with
        {
            Run = (_, _) =>
            {
                Interlocked.Increment(ref runs);
                return ValueTask.FromResult(new TensorSet().Add("Y", Tensor.Allocate(TensorType.UInt8, TensorShape.Of(50_000))));
            },
        });
        using var stream = Open(server);
        await stream.SendAsync(Sized("a", "m", new byte[Pieces]));
        Assert.That(() => Volatile.Read(ref runs), Is.GreaterThanOrEqualTo(8).After(30_000, 1));
        for (var i = 0; i < 200; i++)
            await server.Client.ModelInferAsync(Request("t", model: "other"));

        Assert.That(Volatile.Read(ref runs), Is.LessThanOrEqualTo(8 + 8 + 8 + ((1 << 20) / 50_000)));
    }

    [Test]
    public async Task ModelInfer_Decoupled_IsUnimplementedAndNamesTheStream()
    {
        await using var server = await LoopbackServer.StartAsync(Each);
        var error = await Requests.RefusedAsync(() => server.Client.ModelInferAsync(Sized("a", "m", [1, 2])).ResponseAsync);

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unimplemented));
        Assert.That(error.Status.Detail, Does.StartWith("model 'm' version 1").And.Contain("ModelStreamInfer"));
    }

    [Test]
    public async Task ModelConfig_Decoupled_SaysSo([Values] bool isDecoupled)
    {
        await using var server = await LoopbackServer.StartAsync(Each with { IsDecoupled = isDecoupled });
        var config = (await server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "m", Version = "1" })).Config;

        Assert.That(config.ModelTransactionPolicy?.Decoupled ?? false, Is.EqualTo(isDecoupled));
    }

    private static bool? IsFinal(ModelStreamInferResponse answer) =>
        answer.InferResponse.Parameters.TryGetValue("triton_final_response", out var final) ? final.BoolParam : null;
}
