using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Infer;

public sealed class InferenceServiceTests
{
    [Test]
    public async Task Infer_GoodRequest_AnswersAndCounts()
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2.5f);

        using var response = await engine.Inference.InferAsync(Request(inputs, id: "r1"), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((response.ModelName, response.Version, response.Id), Is.EqualTo(("m", "1", "r1")));
            Assert.That(response.Outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(new[] { 2f, 5f }));
            Assert.That(response.Context.RequestId, Is.EqualTo("r1"));
            Assert.That(engine.Metrics.Completed, Is.EqualTo(new[] { "m/1 on cpu: ok, 1 rows" }));
            Assert.That(engine.Metrics.Times.Single().Total, Is.GreaterThan(0));
            Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
        });
    }

    [Test]
    public async Task Infer_WithoutId_EchoesNoneButNamesTheRequestForLogs()
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2);

        using var first = await engine.Inference.InferAsync(Request(inputs), CancellationToken.None);
        using var second = await engine.Inference.InferAsync(Request(inputs), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(first.Id, Is.Empty);
            Assert.That(first.Context.RequestId, Is.Not.Empty.And.Not.EqualTo(second.Context.RequestId));
        });
    }

    [TestCase("unknown", "1", ErrorCode.ModelNotFound, ": model_not_found")]
    [TestCase("m", "7", ErrorCode.VersionNotFound, "m: version_not_found")]
    [TestCase("m", "", ErrorCode.VersionRequired, "m: version_required")]
    public async Task Infer_NoPipeline_IsRejectedUnderNamesOfTheRepositoryOnly(string model, string version, ErrorCode code, string counted)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2);

        var error = await FailAsync(engine, new InferenceRequest { ModelName = model, Version = version, Inputs = inputs });

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(code));
            Assert.That(engine.Metrics.Rejected, Is.EqualTo(new[] { counted }));
            Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
        });
    }

    [Test]
    public async Task Infer_WrongParameter_IsCountedAsRejected()
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2);
        var parameters = new Dictionary<string, object> { ["priority"] = "high" };

        var error = await FailAsync(engine, new InferenceRequest { ModelName = "m", Version = "1", Inputs = inputs, Parameters = parameters });

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
            Assert.That(engine.Metrics.Rejected, Is.EqualTo(new[] { "m: invalid_argument" }));
        });
    }

    [Test]
    public async Task Infer_InputsDoNotFit_CountsTheErrorForThePipeline()
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = new TensorSet().Add("x", Tensor.From<long>(TensorType.Int64, TensorShape.Of(1, 2), [1, 2]));

        var error = await FailAsync(engine, Request(inputs));

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain("model 'm' version 1: input 'x' has datatype INT64, expected FP32"));
            Assert.That(engine.Metrics.Completed.Single(), Does.StartWith("m/1 on cpu: invalid_argument"));
        });
    }

    [Test]
    public async Task Infer_ExecutorBreaks_TellsNoDetailsButKeepsThem()
    {
        using var engine = await TestEngine.LoadedAsync(new FakeExecutor((_, _) => throw new InvalidOperationException("secret path")));
        using var inputs = TestEngine.Row(1, 2);

        var error = await FailAsync(engine, Request(inputs));

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.Internal));
            Assert.That(error.Message, Does.Contain("model 'm' version 1").And.Not.Contain("secret"));
            Assert.That(error.InnerException, Is.TypeOf<InvalidOperationException>());
            Assert.That(engine.Metrics.Completed.Single(), Does.Contain(": internal"));
            Assert.That(engine.Lifecycle.InFlight, Is.Zero);
        });
    }

    [Test]
    public async Task Infer_CallerCancels_IsCancelledNotInternal()
    {
        using var cancellation = new CancellationTokenSource();
        var executor = new FakeExecutor(async (_, context) =>
        {
            await cancellation.CancelAsync();
            context.Cancellation.ThrowIfCancellationRequested();
            return new TensorSet();
        });
        using var engine = await TestEngine.LoadedAsync(executor);
        using var inputs = TestEngine.Row(1, 2);

        var error = await Assert.ThrowsAsync<InferenceException>(async () => await engine.Inference.InferAsync(Request(inputs), cancellation.Token));

        Assert.That(error!.Code, Is.EqualTo(ErrorCode.Cancelled));
    }

    [Test]
    public async Task Infer_OverTheLimit_IsRefusedWithAHintAndOthersFinish()
    {
        var release = new TaskCompletionSource();
        var executor = new FakeExecutor(async (_, _) =>
        {
            await release.Task;
            return new TensorSet();
        });
        using var engine = await TestEngine.LoadedAsync(executor, maxConcurrentRequests: 1);
        using var inputs = TestEngine.Row(1, 2);
        var running = engine.Inference.InferAsync(Request(inputs), CancellationToken.None).AsTask();

        var error = await FailAsync(engine, Request(inputs));
        var inFlight = engine.Metrics.InFlight;
        release.SetResult();
        using var response = await running;

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.Overloaded));
            Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(inFlight, Is.EqualTo(1));
            Assert.That(engine.Metrics.Rejected, Is.EqualTo(new[] { "m: overloaded" }));
            Assert.That(engine.Metrics.InFlight, Is.Zero);
        });
    }

    [Test]
    public async Task Infer_WhileDraining_IsRefused()
    {
        using var engine = await TestEngine.LoadedAsync();
        engine.Lifecycle.Advance(ServerPhase.Draining);
        using var inputs = TestEngine.Row(1, 2);

        var error = await FailAsync(engine, Request(inputs));

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.ShuttingDown));
            Assert.That(engine.Lifecycle.InFlight, Is.Zero);
        });
    }

    [Test]
    public async Task Infer_UnknownOutput_FailsBeforeAnythingRuns()
    {
        var executor = FakeExecutor.Doubling();
        using var engine = await TestEngine.LoadedAsync(executor);
        using var inputs = TestEngine.Row(1, 2);

        await FailAsync(engine, new InferenceRequest { ModelName = "m", Version = "1", Inputs = inputs, Outputs = [new RequestedOutput("z")] });

        Assert.That(executor.Runs, Is.Zero);
    }

    private static InferenceRequest Request(TensorSet inputs, string id = "") => new() { ModelName = "m", Version = "1", Id = id, Inputs = inputs };

    private static async Task<InferenceException> FailAsync(TestEngine engine, InferenceRequest request) =>
        (await Assert.ThrowsAsync<InferenceException>(async () => await engine.Inference.InferAsync(request, CancellationToken.None)))!;
}
