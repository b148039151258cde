using Grpc.Core;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>The budget of all requests together is four times the message limit; that all is given back is checked by the server's disposal.</summary>
internal sealed class RequestBytesTests
{
    private const int Large = 900_000;

    [Test]
    public async Task ModelInfer_RequestsAboveTheBudget_OnlyTheExcessIsRefused([Values] bool compressed)
    {
        var (running, finish) = (new SemaphoreSlim(0), new TaskCompletionSource());
        var model = TestModel.Identity("m", TensorType.UInt8);
        await using var server = await LoopbackServer.StartAsync(model with
        {
            Run = async (inputs, context) =>
            {
                running.Release();
                await finish.Task;
                return await model.Run(inputs, context);
            },
        });
        var headers = compressed ? new CallHeaders { { "grpc-internal-encoding-request", "gzip" } } : [];
        var request = Raw("m", TensorType.UInt8, new byte[Large], Large);
        var calls = new List<Task<ModelInferResponse>>();
        for (var i = 0; i < 4; i++)
        {
            calls.Add(server.Client.ModelInferAsync(request, headers).ResponseAsync);
            Assert.That(await running.WaitAsync(TimeSpan.FromSeconds(30)), Is.True);
        }

        var error = await RefusedAsync(() => server.Client.ModelInferAsync(request, headers).ResponseAsync);
        finish.SetResult();
        var answers = await Task.WhenAll(calls);
        var next = await server.Client.ModelInferAsync(request, headers);

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(error.Status.Detail, Does.Contain("Admission:MaxRequestBytes").And.Contain($"{4 * LoopbackServer.SmallLimit}"));
        Assert.That(error.Trailers.GetValue("grpc-retry-pushback-ms"), Is.EqualTo("100"));
        Assert.That(answers.Append(next).Select(a => a.RawOutputContents[0].Length), Is.All.EqualTo(Large));
        Assert.That(server.Rejected, Is.EqualTo(new[] { (compressed ? "m" : string.Empty, "overloaded") }));
        Assert.That(server.Refusals, Is.EqualTo(new[] { "request_bytes" }));
    }

    [Test]
    public async Task ModelInfer_TypedRequestAloneAboveTheBudget_IsAnswered()
    {
        const int Count = 1_000_000;
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.Int64));
        var contents = new InferTensorContents { Int64Contents = { Enumerable.Repeat(1L, Count) } };
        var answer = await server.Client.ModelInferAsync(Typed("m", TensorType.Int64, contents, Count));
        Assert.That(answer.Outputs[0].Contents.Int64Contents, Has.Count.EqualTo(Count));
    }

    [Test]
    public async Task ModelInfer_UploadsThatNeverEnd_HoldWhatTheySentUntilTheyAreCutOff()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var http = new HttpClient();
        var body = new EndlessBody([0, 0, 15, 0, 0, .. new byte[1000]]);
        var upload = Task.Run(() => server.PostEndlessAsync(http, "ModelInfer", body));
        await body.Sent;
        var budget = server.Service<RequestBudget>();
        Assert.That(() => budget.Taken, Is.EqualTo(1005).After(30_000, 5));

        server.Lifecycle.CutOffAfter(TimeSpan.Zero);

        // Which of the two depends on whether the client sees the reset while it sends its body, or after.
        Assert.That(async () => await upload.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<OperationCanceledException>());
        Assert.That(() => budget.Taken, Is.Zero.After(30_000, 5));
    }
}
