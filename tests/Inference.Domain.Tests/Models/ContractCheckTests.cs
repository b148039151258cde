using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Models;

[TestFixture]
internal sealed class ContractCheckTests
{
    private static readonly SourceLocation Place = new("m/config.pbtxt", 3) { Column = 5 };
    private static readonly ModelSpec Rows = Model([Spec("x", -1, -1, 3)], [Spec("y", -1, 2), Spec("z", -1)]);

    [Test]
    public void Apply_ImpliedRows_PutTheBatchAxisInFront()
    {
        var spec = ContractCheck.Apply(Implied(8) with { Inputs = [Declared("x", 4, 3)], Outputs = [Declared("y", 2) with { Labels = ["a", "b"] }] }, Rows);

        Assert.Multiple(() =>
        {
            Assert.That((spec.HasBatchAxis, spec.MaxRows), Is.EqualTo((true, 8)));
            Assert.That(spec.Inputs.Single().Dimensions, Is.EqualTo(new long[] { -1, 4, 3 }));
            Assert.That(spec.Inputs.Single().Symbols, Is.EqualTo(new[] { "s0", string.Empty, string.Empty }));
            Assert.That(spec.Outputs.Single().Labels, Is.EqualTo(new[] { "a", "b" }));
        });
    }

    [Test]
    public void Apply_NothingDeclared_KeepsTheModels()
    {
        var spec = ContractCheck.Apply(new TensorContract(RowRule.Derived, Place), Rows);
        Assert.That((spec.Inputs.Single().Describe(), spec.Outputs.Length, spec.HasBatchAxis, spec.MaxRows), Is.EqualTo(("FP32[-1,-1,3]", 2, true, 0)));
    }

    [Test]
    public void Apply_WholeShapes_HaveNoRows()
    {
        var contract = new TensorContract(RowRule.None, Place) { Inputs = [Declared("x", -1, 5, 3)], Outputs = [Declared("z", -1), Declared("y", -1, 2)] };
        var spec = ContractCheck.Apply(contract, Rows);
        Assert.That((spec.HasBatchAxis, string.Join(' ', spec.Inputs.Concat(spec.Outputs).Select(t => t.Name + t.Describe()))), Is.EqualTo((false, "xFP32[-1,5,3] zFP32[-1] yFP32[-1,2]")));
    }

    [TestCase(new long[] { 7, 3 })]
    [TestCase(new long[] { -1, 7, 3 })]
    public void Apply_DerivedRows_TakeDimensionsWrittenEitherWay(long[] dims)
    {
        var spec = ContractCheck.Apply(new TensorContract(RowRule.Derived, Place) { Inputs = [Declared("x", dims)] }, Rows);
        Assert.That(spec.Inputs.Single().Describe(), Is.EqualTo("FP32[-1,7,3]"));
    }

    [Test]
    public void Apply_AnySizeOfAFixedAxis_IsTheModels()
    {
        var spec = ContractCheck.Apply(Implied(8) with { Inputs = [Declared("x", 4, -1)] }, Rows);
        Assert.That(spec.Inputs.Single().Describe(), Is.EqualTo("FP32[-1,4,3]"));
    }

    [Test]
    public void Apply_RowsUnderOtherNames_AreRowsWhereTheyAreImplied()
    {
        var model = Model([Spec("a", -1), Spec("b", -1) with { Symbols = ["other"] }], [Spec("y", -1)]);
        Assert.That((model.HasBatchAxis, ContractCheck.Apply(Implied(4), model).HasBatchAxis), Is.EqualTo((false, true)));
    }

    private static IEnumerable<TestCaseData> Misfits()
    {
        yield return new TestCaseData(Implied(8) with { Inputs = [Declared("w", 3)] }, Rows, "m/config.pbtxt:3:5: input 'w' is not in the model, which has 'x' FP32[-1,-1,3]. Did you mean 'x'?").SetName("Apply_UnknownInput_IsRefused");
        yield return new TestCaseData(Implied(8) with { Outputs = [Declared("yy", 3)] }, Rows, "output 'yy' is not in the model, which has 'y' FP32[-1,2], 'z' FP32[-1]. Did you mean 'y'?").SetName("Apply_UnknownOutput_IsRefused");
        yield return new TestCaseData(Implied(8) with { Inputs = [Declared("x", 4, 3) with { Type = TensorType.Int32 }] }, Rows, "input 'x' is declared INT32, but the model has FP32[-1,-1,3]").SetName("Apply_OtherType_NamesBoth");
        yield return new TestCaseData(Implied(8) with { Inputs = [Declared("x", 4, 5)] }, Rows, "input 'x' is declared of shape [-1,4,5] (the first axis is the rows, which dims leave out), but the model has FP32[-1,-1,3]").SetName("Apply_OtherSize_NamesBoth");
        yield return new TestCaseData(new TensorContract(RowRule.None, Place) { Inputs = [Declared("x", 4, 3)] }, Rows, "input 'x' is declared of shape [4,3], but the model has FP32[-1,-1,3]").SetName("Apply_OtherRank_NamesBoth");
        yield return new TestCaseData(Implied(8), Model([Spec("x", 1, 3)], [Spec("y", -1)]), "max_batch_size is 8, but input 'x' of the model is FP32[1,3], whose first axis is not free").SetName("Apply_ImpliedRowsOfAFixedInput_AreRefused");
        yield return new TestCaseData(Implied(8), Model([Spec("x", -1)], [Spec("y")]), "max_batch_size is 8, but output 'y' of the model is FP32[]").SetName("Apply_ImpliedRowsOfAScalar_AreRefused");
    }

    [TestCaseSource(nameof(Misfits))]
    public void Apply_Misfit(TensorContract contract, ModelSpec model, string expected)
    {
        var error = Assert.Throws<InferenceException>(() => ContractCheck.Apply(contract, model))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.StartWith("m/config.pbtxt:3:5: ").And.Contain(expected));
    }

    private static TensorContract Implied(int rows) => new(RowRule.Implied, Place) { MaxRows = rows };

    private static DeclaredTensor Declared(string name, params long[] dims) => new(name, Place) { Dimensions = [.. dims] };

    private static TensorSpec Spec(string name, params long[] dims) =>
        new(name, TensorType.Float32, [.. dims]) { Symbols = [.. dims.Select((d, i) => d < 0 ? $"s{i}" : string.Empty)] };

    private static ModelSpec Model(TensorSpec[] inputs, TensorSpec[] outputs) => ModelSpec.Create(inputs, outputs, "test");
}
