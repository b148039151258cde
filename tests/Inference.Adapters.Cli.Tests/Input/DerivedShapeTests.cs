using Inference.Adapters.Cli.Input;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Tests.Input;

public sealed class DerivedShapeTests
{
    [TestCase("-1,4", "2,4", "2,4", TestName = "Find_SameDepth_KeepsTheNesting")]
    [TestCase("-1,4", "2,5", "2,5", TestName = "Find_SameDepthOtherSize_LeavesTheErrorToTheModel")]
    [TestCase("-1,4", "4", "1,4", TestName = "Find_FlatOneRow_IsABatchOfOne")]
    [TestCase("-1,4", "8", "2,4", TestName = "Find_FlatTwoRows_IsABatchOfTwo")]
    [TestCase("-1,8,8", "64", "1,8,8", TestName = "Find_FlatImage_IsOneImage")]
    [TestCase("-1,8,8", "8,8", "1,8,8", TestName = "Find_OneImage_IsABatchOfOne")]
    [TestCase("-1,4", "6", "1,6", TestName = "Find_FlatOfNoWholeRows_LeavesTheErrorToTheModel")]
    [TestCase("-1,-1", "5", "1,5", TestName = "Find_FlatWithTwoOpenDimensions_IsABatchOfOne")]
    [TestCase("2,3", "6", "2,3", TestName = "Find_FlatForFixedShape_IsThatShape")]
    [TestCase("-1", "", "1", TestName = "Find_SingleValueForAList_IsAListOfOne")]
    [TestCase("", "", "", TestName = "Find_SingleValueForAScalar_IsAScalar")]
    [TestCase("-1,1", "", "1,1", TestName = "Find_SingleValueForATable_IsOneCell")]
    [TestCase("-1,4", "0", "0,4", TestName = "Find_EmptyList_IsNoRows")]
    public void Find(string spec, string nesting, string expected) =>
        Assert.That(DerivedShape.Find(Spec(spec), Numbers(nesting)), Is.EqualTo(TensorShape.Of(Numbers(expected))));

    [TestCase("2,3", "7")]
    [TestCase("-1,-1,4", "6")]
    [TestCase("2,4,4", "4,4")]
    [TestCase("-1", "1,1,1")]
    [TestCase("", "3")]
    public void Find_NothingFits_NamesBothShapes(string spec, string nesting)
    {
        var error = Assert.Throws<InferenceException>(() => DerivedShape.Find(Spec(spec), Numbers(nesting)));

        Assert.That(error!.Message, Does.Contain($"[{nesting}]").And.Contain($"FP32[{spec}]"));
    }

    private static TensorSpec Spec(string dimensions) => new("x", TensorType.Float32, [.. Numbers(dimensions)]);

    private static long[] Numbers(string text) => text.Length == 0 ? [] : [.. text.Split(',').Select(long.Parse)];
}
