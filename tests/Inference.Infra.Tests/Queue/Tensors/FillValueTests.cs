using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Tests.Queue.Tensors;

[TestFixture]
internal sealed class FillValueTests
{
    [TestCase(TensorType.Bool, 3, "01")]
    [TestCase(TensorType.Bool, 0, "00")]
    [TestCase(TensorType.UInt8, 300, "FF")]
    [TestCase(TensorType.UInt8, -1, "00")]
    [TestCase(TensorType.UInt16, 258, "0201")]
    [TestCase(TensorType.UInt32, 1, "01000000")]
    [TestCase(TensorType.UInt64, 1e30, "FFFFFFFFFFFFFFFF")]
    [TestCase(TensorType.Int8, -1, "FF")]
    [TestCase(TensorType.Int8, -1000, "80")]
    [TestCase(TensorType.Int16, -2, "FEFF")]
    [TestCase(TensorType.Int32, double.NaN, "00000000")]
    [TestCase(TensorType.Int64, -100, "9CFFFFFFFFFFFFFF")]
    [TestCase(TensorType.Float16, 1, "003C")]
    [TestCase(TensorType.BFloat16, 1, "803F")]
    [TestCase(TensorType.BFloat16, -100, "C8C2")]
    [TestCase(TensorType.BFloat16, double.NaN, "C0FF")]
    [TestCase(TensorType.Float32, 0.5, "0000003F")]
    [TestCase(TensorType.Float64, -1, "000000000000F0BF")]
    public void Fill_Datatypes_EveryElementIsTheNearestNumber(TensorType type, double value, string expected)
    {
        using var tensor = Tensor.Allocate(type, TensorShape.Of(2, 2));
        FillValue.Fill(tensor, value);
        Assert.That(Convert.ToHexString(tensor.Data.Span), Is.EqualTo(string.Concat(Enumerable.Repeat(expected, 4))));
    }
}
