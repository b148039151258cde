using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorTypeTests
{
    [Test]
    public void ProtocolName_EveryType_IsFoundAgain()
    {
        foreach (var type in Enum.GetValues<TensorType>())
        {
            Assert.That(TensorTypeExtensions.TryParse(type.ProtocolName(), out var found), Is.True);
            Assert.That(found, Is.EqualTo(type));
        }

        Assert.That(TensorTypeExtensions.ProtocolNames, Has.Count.EqualTo(Enum.GetValues<TensorType>().Length));
    }

    [TestCase(TensorType.Bool, "BOOL", 1)]
    [TestCase(TensorType.UInt8, "UINT8", 1)]
    [TestCase(TensorType.UInt16, "UINT16", 2)]
    [TestCase(TensorType.UInt32, "UINT32", 4)]
    [TestCase(TensorType.UInt64, "UINT64", 8)]
    [TestCase(TensorType.Int8, "INT8", 1)]
    [TestCase(TensorType.Int16, "INT16", 2)]
    [TestCase(TensorType.Int32, "INT32", 4)]
    [TestCase(TensorType.Int64, "INT64", 8)]
    [TestCase(TensorType.Float16, "FP16", 2)]
    [TestCase(TensorType.BFloat16, "BF16", 2)]
    [TestCase(TensorType.Float32, "FP32", 4)]
    [TestCase(TensorType.Float64, "FP64", 8)]
    [TestCase(TensorType.Bytes, "BYTES", 0)]
    public void NameAndSize_EveryType_AreTheProtocols(TensorType type, string name, int size) =>
        Assert.That((type.ProtocolName(), type.ElementSize()), Is.EqualTo((name, size)));

    [TestCase("fp32")]
    [TestCase("FP31")]
    [TestCase("")]
    [TestCase(null)]
    public void Parse_OtherName_IsRefusedWithTheKnownOnes(string? name) =>
        Assert.That(DomainErrors.InvalidArgument(() => TensorTypeExtensions.Parse(name, "x")), Does.StartWith("tensor 'x' has datatype '").And.Contain("expected one of BOOL, UINT8"));

    [Test]
    public void Parse_LowerCase_HintsAtTheName() => Assert.That(DomainErrors.InvalidArgument(() => TensorTypeExtensions.Parse("fp32", "x")), Does.EndWith("Did you mean 'FP32'?"));
}
