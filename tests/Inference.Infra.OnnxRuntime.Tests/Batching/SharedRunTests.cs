using System.Diagnostics;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Batching;

/// <summary>What happens to one request of a run of a real model leaves the others alone.</summary>
[TestFixture]
internal sealed class SharedRunTests
{
    private const long Minutes = 100_000_000;

    // Long enough for something to happen meanwhile: a second or two.
    private const long While = 500_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private IExecutor _slow = null!;

    // Batches are closed when they have three rows, and not before.
    private static ExecutionOptions ThreeRows => new() { Batching = new BatchingOptions { MaxRows = 3, MaxDelay = Long } };

    [SetUp]
    public void Load() => _slow = Runtime.Load(_folder.Write("model.onnx", SlowByRows()), ThreeRows).Executor;

    [TearDown]
    public async Task Unload() => await _slow.DisposeAsync();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task ExecuteAsync_OneIsCancelledWhileTheModelRuns_TheOthersGetTheirAnswers(int cancelled)
    {
        using var source = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 3).Select(i => Relu(i, While, i == cancelled ? Runtime.Context(cancellation: source.Token) : Runtime.Context())).ToList();
        IsTaken();
        await source.CancelAsync();
        Assert.That((await Ends(runs[cancelled])).Code, Is.EqualTo(ErrorCode.Cancelled));
        Assert.That(runs.Where((_, i) => i != cancelled).Count(r => r.IsCompleted), Is.Zero, "it was answered before the run was over");
        for (var i = 0; i < 3; i++)
        {
            if (i != cancelled)
                await IsRight(runs[i], i);
        }
    }

    [Test]
    public async Task ExecuteAsync_OneExpiresWhileTheModelRuns_TheOthersGetTheirAnswers()
    {
        var late = new RequestContext("late", CancellationToken.None) { Deadline = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 5) };
        var runs = new[] { Relu(0, While, Runtime.Context()), Relu(1, While, late), Relu(2, While, Runtime.Context()) };
        Assert.That((await Ends(runs[1])).Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
        Assert.That((runs[0].IsCompleted, runs[2].IsCompleted), Is.EqualTo((false, false)), "it was answered before the run was over");
        await IsRight(runs[0], 0);
        await IsRight(runs[2], 2);
    }

    [Test]
    public async Task ExecuteAsync_NobodyIsLeft_TheRunIsEndedAndTheLaneIsUsable()
    {
        using var source = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 3).Select(i => Relu(i, Minutes, Runtime.Context(cancellation: source.Token))).ToList();
        IsTaken();
        await source.CancelAsync();
        foreach (var run in runs)
            Assert.That((await Ends(run)).Code, Is.EqualTo(ErrorCode.Cancelled));
        var next = Enumerable.Range(0, 3).Select(i => Relu(i, 1, Runtime.Context())).ToList();
        for (var i = 0; i < 3; i++)
            await IsRight(next[i], i);
    }

    [Test]
    public async Task DisposeAsync_WhileABatchRuns_ItsRequestsGetTheirAnswers()
    {
        var runs = Enumerable.Range(0, 3).Select(i => Relu(i, While / 4, Runtime.Context())).ToList();
        IsTaken();
        await _slow.DisposeAsync().AsTask().WaitAsync(Long);
        for (var i = 0; i < 3; i++)
            await IsRight(runs[i], i);
    }

    [Test]
    public async Task ExecuteAsync_OneIsRefusedByTheRuntime_TheOthersGetTheirAnswers()
    {
        await using var executor = Runtime.Load(Runtime.Stored("conditional_failure"), ThreeRows).Executor;
        using TensorSet first = Index(1), bad = Index(100), last = Index(3);
        var runs = new[] { first, bad, last }.Select(i => executor.ExecuteAsync(i, Runtime.Context()).AsTask()).ToList();
        Assert.That((await Ends(runs[1])).Code, Is.EqualTo(ErrorCode.InvalidArgument));
        using TensorSet one = await runs[0].WaitAsync(Long), three = await runs[2].WaitAsync(Long);
        using TensorSet again = Index(2), oneMore = Index(0), another = Index(-1);
        var next = await Task.WhenAll(new[] { again, oneMore, another }.Select(i => executor.ExecuteAsync(i, Runtime.Context()).AsTask())).WaitAsync(Long);
        Assert.That(new[] { one, three }.Concat(next).Select(o => o.Get("y").AsSpan<float>()[0]), Is.EqualTo(new float[] { 20, 40, 30, 10, 40 }));
        foreach (var outputs in next)
            outputs.Dispose();
    }

    [Test]
    public async Task ExecuteAsync_SharedRuns_SameAnswersAsAlone()
    {
        await using var alone = Runtime.Load(Runtime.Stored("dense"), new ExecutionOptions { Batching = Runtime.NoBatching }).Executor;
        await using var shared = Runtime.Load(Runtime.Stored("dense")).Executor;
        Assert.That((alone.Info.Batching.Enabled, shared.Info.Batching.Enabled), Is.EqualTo((false, true)));
        await Task.WhenAll(Enumerable.Range(1, 200).Select(async seed =>
        {
            var (random, rows) = (new Random(seed), 1 + (seed % 7));
            using var inputs = Runtime.Floats("x", TensorShape.Of(rows, 32), [.. Enumerable.Range(0, rows * 32).Select(_ => random.NextSingle())]);
            using var expected = await alone.ExecuteAsync(inputs, Runtime.Context(rows));
            using var got = await shared.ExecuteAsync(inputs, Runtime.Context(rows));
            Assert.That(got.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(expected.Get("y").AsSpan<float>().ToArray()).Within(1e-5f));
        }));
    }

    private static async Task<InferenceException> Ends(Task run) =>
        (await Assert.ThrowsAsync<InferenceException>(async () => await run.WaitAsync(Long)))!;

    private static async Task IsRight(Task<TensorSet> run, int row)
    {
        using var outputs = await run.WaitAsync(Long);
        Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 0, row + 1, 0, row + 0.5f }));
    }

    private static TensorSet Index(long index) => new TensorSet().Add("index", Tensor.From<long>(TensorType.Int64, TensorShape.Of(1), [index]));

    private void IsTaken() => Assert.That(SpinWait.SpinUntil(() => _slow.Load.Requests == 0, Long), Is.True, "no lane took them");

    private async Task<TensorSet> Relu(int row, long iterations, RequestContext context)
    {
        using var inputs = Runtime.Floats("x", TensorShape.Of(1, 4), -1 - row, row + 1, -2, row + 0.5f)
            .Add("iterations", Tensor.From<long>(TensorType.Int64, TensorShape.Of(1, 1), [iterations]));
        return await _slow.ExecuteAsync(inputs, context);
    }

    // Applies Relu again and again, as often as the row with the most iterations says; once is as good as often.
    private static byte[] SlowByRows() => Onnx.Model(g => g
        .Node("ReduceMax", ["iterations"], ["most"], n => n.IntegerAttribute("keepdims", 0))
        .Node("Loop", ["most", "", "x"], ["y"], n => n.GraphAttribute("body", b => b
            .Text(2, "body")
            .Node("Identity", ["go_on"], ["go_on_out"])
            .Node("Relu", ["state"], ["state_out"])
            .Input("iteration", Onnx.Int64)
            .Input("go_on", Onnx.Bool)
            .Input("state", Onnx.Float, "batch", 4)
            .Output("go_on_out", Onnx.Bool)
            .Output("state_out", Onnx.Float, "batch", 4)))
        .Input("x", Onnx.Float, "batch", 4)
        .Input("iterations", Onnx.Int64, "batch", 1)
        .Output("y", Onnx.Float, "batch", 4));
}
