using System.Text;
using CsCheck;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Tabular;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Tabular;

internal sealed class TabularColumnsTests
{
    private const string Mixed =
        """
        columns:
          - { name: length, type: number, mean: 2, scale: 4 }
          - { name: kind, type: category, vocabulary: [red, green, blå] }
          - { name: rank, type: category, vocabulary: [low, high], encoding: index }
        """;

    [Test]
    public void Process_NumbersAndCategories_GivesFeaturesInOrder()
    {
        using var outputs = Create(Mixed, 5).Process(new TensorSet().With("rank", "high", "low").With("length", 2f, 10f).With("kind", "blå", "red"));
        Assert.That(outputs.Single().Name, Is.EqualTo("x"));
        Assert.That(outputs.Get("x").Shape, Is.EqualTo(TensorShape.Of(2, 5)));
        Assert.That(outputs.Floats("x"), Is.EqualTo(new float[] { 0, 0, 0, 1, 1, 2, 1, 0, 0, 0 }));
    }

    [Test]
    public void Specs_NumbersAndCategories_AreOneTensorAColumn()
    {
        var component = Create(Mixed, -1);
        Assert.That(component.Inputs.Select(i => $"{i.Name} {i.Describe()}"), Is.EqualTo(new[] { "length FP32[-1]", "kind BYTES[-1]", "rank BYTES[-1]" }));
        Assert.That(component.Outputs.Single().Describe(), Is.EqualTo("FP32[-1,5]"));
        Assert.That(component.HasBatchAxis, Is.True);
    }

    [Test]
    public void Specs_ModelOfFixedRows_AsksForThatManyRows() =>
        Assert.That(
            Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float32, 3, 1), "columns: [{ name: a, type: number }]").Inputs.Single().Describe(),
            Is.EqualTo("FP32[3]"));

    [Test]
    public void Process_NoRows_GivesNoRows()
    {
        using var outputs = Create(Mixed, 5).Process(new TensorSet().With("length", Array.Empty<float>()).With("kind", Array.Empty<string>()).With("rank", Array.Empty<string>()));
        Assert.That(outputs.Get("x").Shape, Is.EqualTo(TensorShape.Of(0, 5)));
    }

    [Test]
    public void Process_AnyNumbers_IsTheNaiveFormula() =>
        Gen.Select(Gen.Double[-1e3, 1e3], Gen.Double[0.01, 100], Gen.Float[-1e6f, 1e6f].Array[1, 50]).Sample((mean, scale, values) =>
        {
            using var outputs = Create($"columns: [{{ name: a, type: number, mean: {mean:R}, scale: {scale:R} }}]", 1).Process(new TensorSet().With("a", values));
            return outputs.Floats("x").SequenceEqual(values.Select(v => (float)((v - mean) / scale)));
        });

    [TestCase("FP64")]
    [TestCase("FP16")]
    [TestCase("INT8")]
    [TestCase("INT16")]
    [TestCase("INT32")]
    [TestCase("INT64")]
    [TestCase("UINT8")]
    [TestCase("UINT16")]
    [TestCase("UINT32")]
    [TestCase("UINT64")]
    [TestCase("BOOL")]
    public void Process_EveryDatatype_ReadsTheSameNumbers(string datatype)
    {
        var component = Create($"columns: [{{ name: a, type: number, datatype: {datatype} }}]", 1);
        Assert.That(TensorTypeExtensions.TryParse(datatype, out var type), Is.True);
        using var outputs = component.Process(new TensorSet().Add("a", Ones(type)));
        Assert.That(outputs.Floats("x"), Is.EqualTo(new float[] { 1, 0, 1 }));
    }

    [Test]
    public void Process_ModelOfOtherPrecision_IsFedThatPrecision()
    {
        const string yaml = "columns: [{ name: a, type: number, mean: 1, scale: 3 }]";
        using var wide = Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float64, -1, 1), yaml).Process(new TensorSet().With("a", 2f));
        using var half = Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float16, -1, 1), yaml).Process(new TensorSet().With("a", 2f));
        Assert.That(wide.Get("x").AsSpan<double>()[0], Is.EqualTo(1.0 / 3));
        Assert.That(half.Get("x").AsSpan<Half>()[0], Is.EqualTo((Half)(1.0 / 3)));
    }

    [TestCase("mean", ExpectedResult = 0f)]
    [TestCase("5", ExpectedResult = 1f)]
    public float Process_MissingNumber_TakesWhatTheManifestSays(string missing)
    {
        using var outputs = Create($"columns: [{{ name: a, type: number, mean: 3, scale: 2, missing: {missing} }}]", 1).Process(new TensorSet().With("a", float.NaN));
        return outputs.Floats("x")[0];
    }

    [Test]
    public void Process_MissingNumberByDefault_IsRefusedByColumnAndRow() =>
        Assert.That(
            Refusal(ErrorCode.InvalidArgument, () => Create("columns: [{ name: a, type: number }]", 1).Process(new TensorSet().With("a", 1f, float.NaN))),
            Does.StartWith("column 'a' row 1 (from 0) is NaN"));

    [Test]
    public void Process_NumberBeyondTheModelsPrecision_IsRefused()
    {
        var component = Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float16, -1, 1), "columns: [{ name: a, type: number }]");
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => component.Process(new TensorSet().With("a", 1e6f))), Does.Contain("is 1000000, which is too large"));
    }

    [TestCase("unknown: zeros", "plum", ExpectedResult = "0 0")]
    [TestCase("unknown: pear", "plum", ExpectedResult = "0 1")]
    [TestCase("missing: apple", "", ExpectedResult = "1 0")]
    [TestCase("missing: zeros", "", ExpectedResult = "0 0")]
    [TestCase("encoding: index, unknown: pear", "plum", ExpectedResult = "1")]
    public string Process_UnknownOrMissingWord_TakesWhatTheManifestSays(string options, string value)
    {
        using var outputs = Create($"columns: [{{ name: a, type: category, vocabulary: [apple, pear], {options} }}]", -1).Process(new TensorSet().With("a", value));
        return string.Join(' ', outputs.Floats("x"));
    }

    [TestCase("plum", "column 'a' row 1 (from 0) is 'plum', which is not in the vocabulary; expected one of 'apple', 'pear'.")]
    [TestCase("", "column 'a' row 1 (from 0) is empty, which stands for a missing value; send one of 'apple', 'pear', or set 'missing' for the column in the manifest.")]
    public void Process_UnknownOrMissingWordByDefault_IsRefused(string value, string expected) =>
        Assert.That(
            Refusal(ErrorCode.InvalidArgument, () => Create("columns: [{ name: a, type: category, vocabulary: [apple, pear], unknown: error }]", -1)
                .Process(new TensorSet().With("a", "pear", value))),
            Is.EqualTo(expected));

    [Test]
    public void Process_HugeOrBrokenWord_IsRefusedWithAShortText()
    {
        var component = Create("columns: [{ name: a, type: category, vocabulary: [apple, pear] }]", -1);
        var huge = Refusal(ErrorCode.InvalidArgument, () => component.Process(new TensorSet().With("a", new string('x', 1_000_000))));
        var broken = Refusal(ErrorCode.InvalidArgument, () => component.Process(new TensorSet().With("a", [0xFF, 0x0A, 0x00])));
        Assert.That(huge, Does.Contain("of 1000000 bytes").And.Length.LessThan(400));
        Assert.That(broken, Does.Contain("'\uFFFD??'"));
    }

    [Test]
    public void Process_RefusedRow_GivesTheMemoryBack()
    {
        var component = Create("columns: [{ name: a, type: number }]", 1);
        using var inputs = new TensorSet().With("a", float.NaN);
        var before = TensorPool.Shared.Rented;
        Assert.Throws<InferenceException>(() => component.Process(inputs));
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [Test]
    public void Process_ManyRows_AllocatesNothingForEachRow()
    {
        var component = Create(Mixed, 5);
        long Allocated(int rows)
        {
            using var inputs = new TensorSet().With("length", new float[rows])
                .With("kind", [.. Enumerable.Repeat(Encoding.UTF8.GetBytes("green"), rows)])
                .With("rank", [.. Enumerable.Repeat(Encoding.UTF8.GetBytes("low"), rows)]);
            component.Process(inputs).Dispose();
            var before = GC.GetAllocatedBytesForCurrentThread();
            component.Process(inputs).Dispose();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(Allocated(10_000), Is.LessThanOrEqualTo(Allocated(10) + 256));
    }

    [Test]
    public void Create_ManyMistakes_TellsAllWithTheirLines()
    {
        const string yaml =
            """
            output: y
            columns:
              - { name: a, type: numbers }
              - { name: b, type: number, scale: 0, missing: maybe }
              - { name: c, type: category, vocabulary: [u, u, ''], unknown: v }
              - { name: c, type: number, vocabulary: [u] }
            extra: 1
            """;
        var mistakes = Mistakes(() => Create(yaml, 4));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:1: 'output' names the model input 'y', which there is not"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:3: 'type' is 'numbers'; expected number, category. Did you mean 'number'?"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:4: 'scale' is 0"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:4: 'missing' is 'maybe'"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:5: 'vocabulary' has the word 'u' more than once"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:5: 'vocabulary' has an empty word"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:5: 'unknown' is 'v'"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:6: key 'vocabulary' is not known"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:2: 'columns' has two columns named 'c'"));
        Assert.That(mistakes, Has.Some.StartsWith("m/1/pipeline.yaml:7: key 'extra' is not known"));
    }

    [Test]
    public void Create_OtherNumberOfFeatures_TellsWhatEachColumnMakes() =>
        Assert.That(
            Mistakes(() => Create(Mixed, 4)).Single(),
            Does.Contain("makes 5 features ('length' 1, 'kind' 3, 'rank' 1), but the model input 'x' is FP32[-1,4] and takes 4"));

    [TestCase("columns: []")]
    [TestCase("{}")]
    [TestCase("columns: 3")]
    [TestCase("columns: [3]")]
    [TestCase("columns: [{}]")]
    [TestCase("columns: [{ name: '', type: number }]")]
    [TestCase("columns: [{ name: a }]")]
    [TestCase("columns: [{ name: a, type: category }]")]
    [TestCase("columns: [{ name: a, type: category, vocabulary: [u, v], encoding: index, unknown: zeros }]")]
    [TestCase("columns: [{ name: a, type: number, datatype: BYTES }]")]
    public void Create_WrongColumns_IsRefused(string yaml) => Assert.That(Mistakes(() => Create(yaml, -1)), Is.Not.Empty);

    [Test]
    public void Create_ModelThatDoesNotTakeAMatrixOfNumbers_IsRefused()
    {
        const string yaml = "columns: [{ name: a, type: number }]";
        Assert.That(Mistakes(() => Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Int64, -1, 1), yaml)).Single(), Does.Contain("expected an element type of FP32, FP64, FP16"));
        Assert.That(Mistakes(() => Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float32, 1), yaml)).Single(), Does.Contain("expected 2 dimensions"));
    }

    [Test]
    public void Create_ModelOfTwoInputs_NeedsTheNameOfOne()
    {
        var context = Context([Spec("x", TensorType.Float32, -1, 1), Spec("y", TensorType.Float32, -1, 1)], [], "columns: [{ name: a, type: number }]");
        Assert.That(Mistakes(() => new TabularColumnsFactory().Create(context)).Single(), Does.Contain("the model has 2 inputs, so name one of 'x' FP32[-1,1], 'y' FP32[-1,1]"));
    }

    private static IPreprocessor Create(string yaml, long features) => Preprocessor(new TabularColumnsFactory(), Spec("x", TensorType.Float32, -1, features), yaml);

    private static Tensor Ones(TensorType type)
    {
        var tensor = Tensor.Allocate(type, TensorShape.Of(3));
        tensor.Mutable<byte>().Clear();
        for (var i = 0; i < 3; i += 2)
        {
            var target = tensor.Mutable<byte>()[(i * type.ElementSize())..];
            switch (type)
            {
                case TensorType.Float64: BitConverter.TryWriteBytes(target, 1.0); break;
                case TensorType.Float16: BitConverter.TryWriteBytes(target, (Half)1); break;
                default: target[0] = 1; break;
            }
        }

        return tensor;
    }
}
