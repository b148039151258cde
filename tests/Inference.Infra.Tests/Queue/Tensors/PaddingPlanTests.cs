using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Tensors;

[TestFixture]
internal sealed class PaddingPlanTests
{
    private static readonly TensorSpec Ids = Spec("ids", TensorType.Int64, ("batch", -1), ("seq", -1));
    private static readonly TensorSpec Mask = Spec("mask", TensorType.Int64, ("batch", -1), ("seq", -1));
    private static readonly TensorSpec Image = Spec("image", TensorType.UInt8, ("batch", -1), ("h", -1), ("w", -1), (string.Empty, 3));
    private static readonly TensorSpec Logits = Spec("logits", TensorType.Float32, ("batch", -1), (string.Empty, 2));

    [Test]
    public void Create_NothingIsPadded_AllVariableAxesAreShared()
    {
        var plan = Plan([Ids, Image], [Logits]);
        Assert.That(plan.IsNeeded, Is.False);
        Assert.That(plan.Shared, Is.EqualTo(new[] { new VariableAxis("ids", 1), new VariableAxis("image", 1), new VariableAxis("image", 2) }));
    }

    [Test]
    public void Create_OneInputIsPadded_ItsAxesAreNotShared()
    {
        var plan = Plan([Ids, Image], [Logits], "ids");
        Assert.That(plan.Shared, Is.EqualTo(new[] { new VariableAxis("image", 1), new VariableAxis("image", 2) }));
        Assert.That((plan.IsNeeded, plan.ValueOf("ids")), Is.EqualTo((true, 7)));
    }

    [Test]
    public void Create_WhatTheModelHasNot_LoadFailed()
    {
        Assert.Multiple(() =>
        {
            Fails([Ids], [Logits], "idz", "'idz'", "no such input", "ids");
            Fails([Spec("words", TensorType.Bytes, ("batch", -1), ("seq", -1))], [Logits], "words", "BYTES");
            Fails([Spec("x", TensorType.Float32, ("batch", -1), (string.Empty, 4))], [Logits], "x", "FP32[-1,4]", "no symbolic axis");
            Fails([Ids, Mask], [Logits], "ids", "'mask'", "'seq'", "must be filled up here, too");
            Fails([Ids], [Spec("words", TensorType.Bytes, ("batch", -1), ("seq", -1))], "ids", "'words'", "cut back", "BYTES");
        });
    }

    [Test]
    public void BytesOfRow_PaddedSizes_CountAlsoWhereTheRequestHasNone()
    {
        var plan = Plan([Ids, Mask], [Logits], "ids", "mask");
        using var inputs = new TensorSet()
            .Add("ids", Tensor.Allocate(TensorType.Int64, TensorShape.Of(2, 0)))
            .Add("mask", Tensor.Allocate(TensorType.Int64, TensorShape.Of(2, 3)));
        Assert.That(plan.BytesOfRow(inputs, [10, 10]), Is.EqualTo(160));
    }

    [TestCase("seq", 9, 4, Description = "made by the padding")]
    [TestCase("seq", 8, 8, Description = "not made by the padding")]
    [TestCase("", 9, 4, Description = "renamed by the exporter")]
    [TestCase("other", 9, 4, Description = "renamed by the exporter")]
    [TestCase("w", 9, 9, Description = "of another input")]
    public void CutShape_AxisOfAnOutput_IsCutWhereItIsThePadded(string symbol, long size, long expected)
    {
        var output = Spec("y", TensorType.Float32, ("batch", -1), (symbol, -1), (string.Empty, 9));
        var plan = Plan([Ids, Image], [output], "ids");
        Assert.That(plan.CutShape(output, TensorShape.Of(20, size, 9), 3, [9], [4]), Is.EqualTo(TensorShape.Of(3, expected, 9)));
    }

    [Test]
    public void CutShape_TwoPaddedSymbols_EachByItsOwn()
    {
        var output = Spec("y", TensorType.Float32, ("batch", -1), ("w", -1), ("h", -1), ("unknown", -1));
        var plan = Plan([Image], [output], "image");
        Assert.That(plan.CutShape(output, TensorShape.Of(8, 30, 20, 20), 1, [20, 30], [5, 6]), Is.EqualTo(TensorShape.Of(1, 6, 5, 20)));
    }

    private static PaddingPlan Plan(TensorSpec[] inputs, TensorSpec[] outputs, params string[] padded) =>
        PaddingPlan.Create(new ModelSpec([.. inputs], [.. outputs], true), [.. padded.Select(p => new PaddedInput(p, 7))], "model 'm' version 1");

    private static void Fails(TensorSpec[] inputs, TensorSpec[] outputs, string padded, params string[] expected)
    {
        var error = Assert.Throws<InferenceException>(() => Plan(inputs, outputs, padded))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        foreach (var text in expected.Append("model 'm' version 1").Append("batching.inputs"))
            Assert.That(error.Message, Does.Contain(text));
    }

    private static TensorSpec Spec(string name, TensorType type, params (string Symbol, long Size)[] axes) =>
        new(name, type, [.. axes.Select(a => a.Size)]) { Symbols = [.. axes.Select(a => a.Symbol)] };
}
