using CsCheck;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Classification;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Classification;

internal sealed class TopKTests
{
    private static readonly Gen<float> Scores = Gen.Frequency(
        (8, Gen.Float[-5, 5]), (4, Gen.Int[-2, 2].Select(i => (float)i)), (1, Gen.OneOf(Gen.Const(float.NaN), Gen.Const(float.PositiveInfinity), Gen.Const(float.NegativeInfinity))));

    [Test]
    public void Process_Labels_GivesTheBestFirst()
    {
        using var outputs = Create("{ k: 2, labels: [a, b, c] }", 3).Process(Row(3, 0.1f, 0.7f, 0.2f, 0.5f, 0.1f, 0.4f));
        Assert.That(outputs.Select(o => $"{o.Name} {o.Tensor}"), Is.EqualTo(new[] { "label BYTES[2,2]", "score FP32[2,2]", "index INT64[2,2]" }));
        Assert.That(outputs.Texts("label"), Is.EqualTo(new[] { "b", "c", "a", "c" }));
        Assert.That(outputs.Floats("score"), Is.EqualTo(new[] { 0.7f, 0.2f, 0.5f, 0.4f }));
        Assert.That(Indices(outputs), Is.EqualTo(new long[] { 1, 2, 0, 2 }));
    }

    [Test]
    public void Outputs_AnyRows_AreDescribed() =>
        Assert.That(Create("k: 2", 3).Outputs.Select(o => $"{o.Name} {o.Describe()}"), Is.EqualTo(new[] { "label BYTES[-1,2]", "score FP32[-1,2]", "index INT64[-1,2]" }));

    [Test]
    public void Process_AnyScores_IsAStableSortWithNaNLast() =>
        Gen.Select(Scores.Array[1, 40], Gen.Int[1, 40]).Where((scores, k) => k <= scores.Length).Sample((scores, k) =>
        {
            using var outputs = Create($"k: {k}", -1).Process(Row(scores.Length, scores));
            var expected = Enumerable.Range(0, scores.Length)
                .OrderBy(i => float.IsNaN(scores[i]) ? 1 : 0).ThenByDescending(i => scores[i]).ThenBy(i => i).Take(k).Select(i => (long)i).ToArray();
            return Indices(outputs).SequenceEqual(expected)
                && outputs.Floats("score").SequenceEqual(expected.Select(i => scores[i]))
                && outputs.Texts("label").SequenceEqual(expected.Select(i => $"{i}"));
        });

    [Test]
    public void Process_Softmax_IsTheNaiveFormulaForFiniteScores() =>
        Gen.Float[-20, 20].Array[1, 30].Sample(scores =>
        {
            using var outputs = Create($"{{ softmax: true, k: {scores.Length} }}", -1).Process(Row(scores.Length, scores));
            var sum = scores.Sum(s => Math.Exp(s));
            var indices = Indices(outputs);
            return outputs.Floats("score").Select((p, i) => Math.Abs(p - (Math.Exp(scores[indices[i]]) / sum))).All(d => d < 1e-6);
        });

    [Test]
    public void Process_SoftmaxOfAnyScores_SumsUpToOneWithoutNaNs() =>
        Scores.Array[1, 30].Where(s => s.Any(x => !float.IsNaN(x))).Sample(scores =>
        {
            using var outputs = Create($"{{ softmax: true, k: {scores.Length} }}", -1).Process(Row(scores.Length, scores));
            var probabilities = outputs.Floats("score");
            var indices = Indices(outputs);
            return Math.Abs(probabilities.Where(p => !float.IsNaN(p)).Sum() - 1) < 1e-5
                && probabilities.Select((p, i) => float.IsNaN(p) == float.IsNaN(scores[indices[i]])).All(same => same);
        });

    [Test]
    public void Process_SoftmaxOfLargeScores_DoesNotOverflow()
    {
        using var outputs = Create("{ softmax: true, k: 2 }", 2).Process(Row(2, 3e38f, 3e38f, -3e38f, 0));
        Assert.That(outputs.Floats("score"), Is.EqualTo(new[] { 0.5f, 0.5f, 1, 0 }));
    }

    [Test]
    public void Process_OtherPrecisions_AreRead()
    {
        var wide = Postprocessor(new TopKFactory(), Spec("s", TensorType.Float64, -1, 2), "k: 1");
        var half = Postprocessor(new TopKFactory(), Spec("s", TensorType.Float16, -1, 2), "k: 1");
        using var fromWide = wide.Process(new TensorSet().Add("s", Tensor.From<double>(TensorType.Float64, TensorShape.Of(1, 2), [0.25, 0.5])));
        using var fromHalf = half.Process(new TensorSet().Add("s", Tensor.From<Half>(TensorType.Float16, TensorShape.Of(1, 2), [(Half)0.25, (Half)0.5])));
        Assert.That((fromWide.Floats("score")[0], fromHalf.Floats("score")[0]), Is.EqualTo((0.5f, 0.5f)));
    }

    [Test]
    public void Process_NoRows_GivesNoRows()
    {
        using var outputs = Create("k: 2", 3).Process(Row(3));
        Assert.That(outputs.Select(o => o.Tensor.Shape), Is.All.EqualTo(TensorShape.Of(0, 2)));
    }

    [Test]
    public void Process_FewerClassesThanAskedFor_FailsWithTheRemedy()
    {
        Assert.That(Refusal(ErrorCode.ExecutionFailed, () => Create("k: 4", -1).Process(Row(3, 1, 2, 3))), Does.Contain("set k to at most 3"));
        Assert.That(Refusal(ErrorCode.ExecutionFailed, () => Create("labels: [a, b]", -1).Process(Row(3, 1, 2, 3))), Does.Contain("put out 3 classes").And.Contain("has 2 labels"));
    }

    [TestCase("k: 0", "expected a whole number from 1")]
    [TestCase("k: 4", "is 4, but there are 3 classes")]
    [TestCase("labels: [a, b]", "has 2 labels, but the model output 's' is FP32[-1,3] with 3 classes")]
    [TestCase("labels: []", "has no label")]
    [TestCase("labels: none.txt", "there is no such file")]
    [TestCase("labels: { a: 1 }", "'labels' must be a single value")]
    [TestCase("labels: [[a], b, c]", "must be a list of words")]
    [TestCase("labels: empty-line.txt", "has an empty label for class 1")]
    [TestCase("scores: t", "the model has 's' FP32[-1,3]. Did you mean 's'?")]
    [TestCase("softmaxx: true", "Did you mean 'softmax'?")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected)
    {
        using var folder = new TempFolder().File("empty-line.txt", "a\n\nc\n");
        Assert.That(string.Join(' ', Mistakes(() => Postprocessor(new TopKFactory(), Spec("s", TensorType.Float32, -1, 3), yaml, folder))), Does.Contain(expected));
    }

    [Test]
    public void Create_LabelsAsWindowsWritesThem_ReadsThem()
    {
        using var folder = new TempFolder().File("labels.txt", "\uFEFFa\r\nb\r\nc");
        using var outputs = Postprocessor(new TopKFactory(), Spec("s", TensorType.Float32, -1, 3), "{ labels: labels.txt, k: 3 }", folder).Process(Row(3, 3, 2, 1));
        Assert.That(outputs.Texts("label"), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    private static IPostprocessor Create(string yaml, long classes) => Postprocessor(new TopKFactory(), Spec("s", TensorType.Float32, -1, classes), yaml);

    private static TensorSet Row(int classes, params float[] scores) =>
        new TensorSet().Add("s", Tensor.From<float>(TensorType.Float32, TensorShape.Of(scores.Length / classes, classes), scores));

    private static long[] Indices(TensorSet outputs) => outputs.Get("index").AsSpan<long>().ToArray();
}
