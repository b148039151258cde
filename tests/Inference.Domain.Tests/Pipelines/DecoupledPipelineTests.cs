using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Pipelines;

internal sealed class DecoupledPipelineTests
{
    private readonly ManualExecutor _executor = new();
    private readonly List<float> _prepared = [];
    private long _rented;

    [SetUp]
    public void CountBuffers()
    {
        _rented = TensorPool.Shared.Rented;
        _prepared.Clear();
        _executor.Clear();
    }

    [TearDown]
    public void AllBuffersAreBack() => Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rented));

    [Test]
    public async Task RunEachAsync_Pieces_AreAnsweredInOrderAndFlagTheLast([Values(1, 2, 8, 9, 30)] int count)
    {
        _executor.AnswersAtOnce = true;
        await using var pipeline = Build();
        var context = Context();
        var answers = new List<(float Value, bool IsLast, long Rows)>();
        using var inputs = Inputs(count);
        await foreach (var answer in pipeline.RunEachAsync(inputs, context))
        {
            using (answer.Outputs)
                answers.Add((answer.Outputs.Get("y").AsSpan<float>()[0], answer.IsLast, answer.Context.Rows));
        }

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, count).Select(i => ((float)i, i == count - 1, 1L))));
        Assert.That((context.Rows, context.Timings.Execute, pipeline.IsDecoupled), Is.EqualTo(((long)count, (long)count, true)));
    }

    [Test]
    public async Task RunEachAsync_NoPieces_GivesNoAnswer()
    {
        await using var pipeline = Build();
        using var inputs = Inputs(0);
        var context = Context();
        await foreach (var answer in pipeline.RunEachAsync(inputs, context))
            Assert.Fail($"an answer: {answer}");

        Assert.That(context.Rows, Is.Zero);
    }

    [Test]
    public async Task RunEachAsync_NobodyTakesAnswers_PreparesOnlyAFewPieces()
    {
        await using var pipeline = Build();
        using var inputs = Inputs(100);
        var answers = pipeline.RunEachAsync(inputs, Context()).GetAsyncEnumerator();
        var next = answers.MoveNextAsync().AsTask();
        var preparedFirst = _prepared.Count;
        _executor.Answer(0);
        Assert.That(await next);
        answers.Current.Outputs.Dispose();
        next = answers.MoveNextAsync().AsTask();
        var preparedSecond = _prepared.Count;
        _executor.Answer(1);
        Assert.That(await next);
        answers.Current.Outputs.Dispose();
        _executor.AnswersCancelled = true;
        await answers.DisposeAsync();

        Assert.That((preparedFirst, preparedSecond), Is.EqualTo((8, 9)));
    }

    [Test]
    public async Task RunEachAsync_DisposedEarly_CancelsWhatIsUnderWayAndWaitsForIt()
    {
        await using var pipeline = Build();
        using var inputs = Inputs(20);
        var answers = pipeline.RunEachAsync(inputs, Context()).GetAsyncEnumerator();
        var next = answers.MoveNextAsync();
        _executor.Answer(0);
        Assert.That(await next);
        answers.Current.Outputs.Dispose();

        var disposal = answers.DisposeAsync().AsTask();
        Assert.That(() => _executor.Cancelled, Is.EqualTo(7).After(30_000, 1));
        var doneBefore = disposal.IsCompleted;
        for (var i = 1; i < 8; i++)
            _executor.Answer(i);
        await disposal;

        Assert.That(doneBefore, Is.False);
    }

    [Test]
    public async Task RunEachAsync_PieceFails_AnswersThoseBeforeIt()
    {
        _executor.AnswersAtOnce = true;
        _executor.FailsAt = 3;
        await using var pipeline = Build();
        using var inputs = Inputs(6);
        var values = new List<float>();
        var error = await Assert.ThrowsAsync<InferenceException>(async () =>
        {
            await foreach (var answer in pipeline.RunEachAsync(inputs, Context()))
            {
                using (answer.Outputs)
                    values.Add(answer.Outputs.Get("y").AsSpan<float>()[0]);
            }
        });

        Assert.That((error!.Message, values), Is.EqualTo(("piece 3", new List<float> { 0, 1, 2 })));
    }

    [Test]
    public async Task RunEachAsync_PieceCannotBeMade_AnswersThoseBeforeItAndNoneIsTheLast()
    {
        _executor.AnswersAtOnce = true;
        await using var pipeline = Build(breaksAt: 2);
        using var inputs = Inputs(6);
        var flags = new List<bool>();
        var error = await Assert.ThrowsAsync<InferenceException>(async () =>
        {
            await foreach (var answer in pipeline.RunEachAsync(inputs, Context()))
            {
                flags.Add(answer.IsLast);
                answer.Outputs.Dispose();
            }
        });

        Assert.That((error!.Message, flags), Is.EqualTo(("no piece 2", new List<bool> { false, false })));
    }

    [Test]
    public async Task RunEachAsync_WrongInput_IsRefusedBeforeAnythingIsPrepared()
    {
        await using var pipeline = Build();
        using var inputs = new TensorSet().Add("z", Tensor.Allocate(TensorType.Float32, TensorShape.Of(1)));
        Assert.That(async () => await pipeline.RunEachAsync(inputs, Context()).GetAsyncEnumerator().MoveNextAsync(), Throws.TypeOf<InferenceException>());
        Assert.That(_prepared, Is.Empty);
    }

    private static TensorSet Inputs(int count) =>
        new TensorSet().Add("x", Tensor.From<float>(TensorType.Float32, TensorShape.Of(count), [.. Enumerable.Range(0, count).Select(i => (float)i)]));

    private static RequestContext Context() => new("r", CancellationToken.None);

    private Pipeline Build(int breaksAt = -1)
    {
        var key = new PipelineKey("m", 1);
        var spec = ModelSpec.Create([new TensorSpec("x", TensorType.Float32, [-1])], [new TensorSpec("y", TensorType.Float32, [-1])], "stub");
        var context = new ComponentContext(spec, OptionReader.Empty("pipeline.yaml"), new ArtefactFolder("/"));
        var post = new ComponentCatalogue([], []).Postprocessor("passthrough", default).Create(context);
        return new Pipeline(key, new Splitter(spec, _prepared, breaksAt), new Model(key.Describe(), spec, _executor), post, TimeProvider.System);
    }

    private sealed class Splitter(ModelSpec spec, List<float> prepared, int breaksAt) : ISplittingPreprocessor
    {
        public IReadOnlyList<TensorSpec> Inputs => spec.Inputs;

        public IReadOnlyList<TensorSpec> Outputs => spec.Inputs;

        public bool HasBatchAxis => true;

        public TensorSet Process(TensorSet inputs) => inputs.Share();

        public IEnumerable<TensorSet> Split(TensorSet inputs)
        {
            var x = inputs.Get("x");
            for (var i = 0; i < x.Shape[0]; i++)
            {
                if (i == breaksAt)
                    throw InferenceException.InvalidArgument($"no piece {i}");
                prepared.Add(i);
                yield return new TensorSet(1).Add("x", x.Slice(TensorShape.Of(1), i * sizeof(float), sizeof(float)));
            }
        }
    }

    /// <summary>Answers what it is told to, or everything at once.</summary>
    private sealed class ManualExecutor : IExecutor
    {
        private readonly Dictionary<int, TaskCompletionSource> _waiting = [];

        public bool AnswersAtOnce { get; set; }

        public bool AnswersCancelled { get; set; }

        public int FailsAt { get; set; } = -1;

        public int Cancelled { get; private set; }

        public ExecutorInfo Info { get; } = new("cpu", 1);

        public QueueLoad Load => default;

        public void Clear()
        {
            _waiting.Clear();
            (AnswersAtOnce, AnswersCancelled, FailsAt, Cancelled) = (false, false, -1, 0);
        }

        public void Answer(int piece) => _waiting[piece].SetResult();

        public async ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
        {
            context.Timings.Execute++;
            var piece = (int)inputs.Get("x").AsSpan<float>()[0];
            if (piece == FailsAt)
                throw InferenceException.InvalidArgument($"piece {piece}");
            if (!AnswersAtOnce)
            {
                var answer = _waiting[piece] = new TaskCompletionSource();
                using var cancelled = context.Cancellation.Register(() =>
                {
                    Cancelled++;
                    if (AnswersCancelled)
                        answer.TrySetCanceled();
                });
                await answer.Task;
            }

            return new TensorSet().Add("y", inputs.Get("x").Share());
        }

        public void Observe(IExecutionObserver observer)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
