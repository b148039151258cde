using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Infer;

/// <summary>What streams need of the service beyond single answers.</summary>
public sealed class StreamedInferenceTests
{
    [Test]
    public async Task TryInfer_Error_IsCarriedAndCounted()
    {
        using var engine = await TestEngine.LoadedAsync(new FakeExecutor((_, _) =>
            ValueTask.FromException<TensorSet>(new InferenceException(ErrorCode.Overloaded, "full.") { RetryAfter = TimeSpan.FromSeconds(1) })));
        using var inputs = TestEngine.Row(1, 2);

        var outcome = await engine.Inference.TryInferAsync(Request(inputs), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((outcome.IsAnswered, outcome.Error!.Message, outcome.Error.RetryAfter), Is.EqualTo((false, "full.", (TimeSpan?)TimeSpan.FromSeconds(1))));
            Assert.That(engine.Metrics.Completed.Single(), Does.StartWith("m/1 on cpu: overloaded"));
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task TryInfer_WaitsForRoom_IsAnsweredWhenThereIsSomeAndTellsTheExecutor(CancellationToken cancellation)
    {
        var (waits, release) = (new List<bool>(), new TaskCompletionSource());
        var executor = new FakeExecutor(async (_, context) =>
        {
            waits.Add(context.WaitsForRoom);
            await release.Task;
            return new TensorSet();
        });
        using var engine = await TestEngine.LoadedAsync(executor, maxConcurrentRequests: 1);
        using var inputs = TestEngine.Row(1, 2);
        var first = engine.Inference.TryInferAsync(Request(inputs), cancellation).AsTask();
        var second = engine.Inference.TryInferAsync(Waiting(inputs), cancellation).AsTask();
        var runsBefore = executor.Runs;
        release.SetResult();

        Assert.That(((await first).IsAnswered, (await second).IsAnswered, runsBefore), Is.EqualTo((true, true, 1)));
        Assert.That(waits, Is.EqualTo(new[] { false, true }));
        Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task TryInfer_CancelledWhileItWaitsForRoom_IsCancelled(CancellationToken cancellation)
    {
        var release = new TaskCompletionSource();
        var executor = new FakeExecutor(async (_, _) =>
        {
            await release.Task;
            return new TensorSet();
        });
        using var engine = await TestEngine.LoadedAsync(executor, maxConcurrentRequests: 1);
        using var inputs = TestEngine.Row(1, 2);
        using var leave = new CancellationTokenSource();
        var first = engine.Inference.TryInferAsync(Request(inputs), cancellation).AsTask();
        var second = engine.Inference.TryInferAsync(Waiting(inputs), leave.Token).AsTask();
        await leave.CancelAsync();

        Assert.That((await second).Error!.Code, Is.EqualTo(ErrorCode.Cancelled));
        release.SetResult();
        await first;
        Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task TryInfer_TimingsAskedFor_AreOnTheResponse()
    {
        using var engine = await TestEngine.LoadedAsync(new FakeExecutor((inputs, context) =>
        {
            context.Timings.Queue = TimeProvider.System.TimestampFrequency / 1000;
            context.Timings.Execute = TimeProvider.System.TimestampFrequency / 100;
            context.BatchRows = 3;
            return ValueTask.FromResult(inputs.Share());
        }));
        using var inputs = TestEngine.Row(1, 2);
        var request = new InferenceRequest { ModelName = "m", Version = "1", Inputs = inputs, Parameters = new Dictionary<string, object> { ["timings"] = true } };

        using var response = await engine.Inference.InferAsync(request, CancellationToken.None);
        using var plain = await engine.Inference.InferAsync(Request(inputs), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(response.Parameters, Is.EquivalentTo(new Dictionary<string, object> { ["queue_us"] = 1000L, ["execute_us"] = 10_000L, ["batch_rows"] = 3L }));
            Assert.That(response.Timings!.Total, Is.GreaterThan(TimeSpan.Zero));
            Assert.That((plain.Parameters.Count, plain.Timings), Is.EqualTo((0, (ResponseTimings?)null)));
        });
    }

    [Test]
    public async Task InferEach_PlainPipeline_AnswersOnce()
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2);
        var answers = new List<bool>();
        await foreach (var outcome in engine.Inference.InferEachAsync(Request(inputs), CancellationToken.None))
        {
            using var response = outcome.Unwrap();
            answers.Add(response.IsLast);
        }

        Assert.That(answers, Is.EqualTo(new[] { true }));
        Assert.That(engine.Metrics.Completed.Single(), Is.EqualTo("m/1 on cpu: ok, 1 rows"));
        Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
    }

    [TestCase("nobody", "1", "model 'nobody'")]
    [TestCase("m", "9", "no version '9'")]
    public async Task InferEach_NoPipeline_CarriesTheError(string model, string version, string expected)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var inputs = TestEngine.Row(1, 2);
        var errors = new List<string>();
        await foreach (var outcome in engine.Inference.InferEachAsync(new InferenceRequest { ModelName = model, Version = version, Inputs = inputs }, CancellationToken.None))
            errors.Add(outcome.Error!.Message);

        Assert.That(errors.Single(), Does.Contain(expected));
        Assert.That((engine.Metrics.InFlight, engine.Lifecycle.InFlight), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task TraitsOf_Pipelines_TellsWhatAStreamMustKnow()
    {
        using var engine = await TestEngine.LoadedAsync(new FakeExecutor((inputs, _) => ValueTask.FromResult(inputs.Share()))
        {
            Info = new ExecutorInfo("cpu", 1) { Batching = new BatchingOptions { PreserveOrdering = true } },
        });
        using var inputs = TestEngine.Row(1, 2);
        var before = engine.Inference.TraitsOf("m", "1");
        (await engine.Inference.InferAsync(Request(inputs), CancellationToken.None)).Dispose();
        var after = engine.Inference.TraitsOf("m", "1");

        Assert.Multiple(() =>
        {
            Assert.That((before.Key!.Value.ToString(), before.PreservesOrdering, before.IsDecoupled, before.HasComponents), Is.EqualTo(("m/1", true, false, false)));
            Assert.That((before.AnswerBytes, after.AnswerBytes), Is.EqualTo((0L, 8L)));
            Assert.That(engine.Inference.TraitsOf("m", ""), Is.EqualTo(default(PipelineTraits)));
            Assert.That(engine.Inference.TraitsOf("m", "7"), Is.EqualTo(default(PipelineTraits)));
            Assert.That(engine.Inference.TraitsOf("nobody", "1"), Is.EqualTo(default(PipelineTraits)));
        });
    }

    private static InferenceRequest Request(TensorSet inputs) => new() { ModelName = "m", Version = "1", Inputs = inputs };

    private static InferenceRequest Waiting(TensorSet inputs) => new() { ModelName = "m", Version = "1", Inputs = inputs, WaitsForRoom = true };
}
