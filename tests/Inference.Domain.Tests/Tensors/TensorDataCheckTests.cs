using System.Buffers.Binary;
using CsCheck;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorDataCheckTests
{
    private static readonly Gen<TensorType> FixedSize = Gen.Int[0, (int)TensorType.Float64].Select(i => (TensorType)i);

    [Test]
    public void Validate_FixedSizeTypes_AcceptsExactlyTheRightLength() =>
        Gen.Select(FixedSize, Gen.Long[0, 4].Array[0, 3], Gen.Int[0, 600]).Sample((type, dimensions, length) =>
        {
            var shape = TensorShape.Of(dimensions);
            return Accepts(type, shape, new byte[length]) == (length == shape.ElementCount * type.ElementSize())
                && Accepts(type, shape, new byte[shape.ElementCount * type.ElementSize()]);
        });

    [Test]
    public void Validate_WrongLength_TellsGotAndExpected() =>
        Assert.That(
            DomainErrors.InvalidArgument(() => TensorDataCheck.Validate("x", TensorType.Float32, TensorShape.Of(2, 3), new byte[20])),
            Is.EqualTo("tensor 'x' has 20 bytes of data, expected 24 for 6 elements of FP32 (4 bytes each) in shape [2,3]."));

    [Test]
    public void Validate_ElementsThatOverflowInBytes_AreRefused() =>
        Assert.That(
            DomainErrors.InvalidArgument(() => TensorDataCheck.Validate("x", TensorType.Float64, TensorShape.Of(long.MaxValue), [])),
            Does.Contain("expected 73786976294838206456 for"));

    [TestCase(0, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = true)]
    [TestCase(2, ExpectedResult = false)]
    [TestCase(255, ExpectedResult = false)]
    public bool Validate_Bool_TakesZeroAndOneOnly(byte value) => Accepts(TensorType.Bool, TensorShape.Of(2), [1, value]);

    [Test]
    public void Validate_ElementsOfBytes_AreAcceptedAndWalked() =>
        Gen.Byte.Array[0, 20].Array[0, 10].Sample(elements =>
        {
            var builder = new BytesTensorBuilder();
            foreach (var element in elements)
                builder.Add(element);
            using var tensor = builder.Build(TensorShape.Of(elements.Length));
            var walked = new List<byte[]>();
            foreach (var element in tensor.BytesElements())
                walked.Add(element.ToArray());
            return walked.Count == elements.Length && walked.Zip(elements, (a, b) => a.SequenceEqual(b)).All(same => same);
        });

    [Test]
    public void Validate_AnyBytes_AcceptsExactlyWhatANaiveReaderReads() =>
        Gen.Select(Gen.Byte[0, 6].Array[0, 40], Gen.Long[0, 6]).Sample((data, count) =>
            Accepts(TensorType.Bytes, TensorShape.Of(count), data) == (NaiveCount(data) == count));

    [TestCase(new byte[] { 1, 0 }, "is broken at element 0: 2 bytes are left where a 4-byte length should stand")]
    [TestCase(new byte[] { 0, 0, 0, 0, 5, 0, 0, 0, 1 }, "is broken at element 1: it claims 5 bytes, but 1 are left")]
    [TestCase(new byte[] { 255, 255, 255, 255 }, "is broken at element 0: it claims 4294967295 bytes, but 0 are left")]
    [TestCase(new byte[] { 0, 0, 0, 0 }, "holds 1 elements, expected 2 for shape [2]")]
    public void Validate_BrokenBytes_TellsElementAndReason(byte[] data, string expected) =>
        Assert.That(DomainErrors.InvalidArgument(() => TensorDataCheck.Validate("x", TensorType.Bytes, TensorShape.Of(2), data)), Does.Contain(expected));

    private static bool Accepts(TensorType type, TensorShape shape, byte[] data)
    {
        try
        {
            TensorDataCheck.Validate("x", type, shape, data);
            return true;
        }
        catch (InferenceException e) when (e.Code == ErrorCode.InvalidArgument)
        {
            return false;
        }
    }

    private static long NaiveCount(byte[] data)
    {
        long count = 0;
        for (long at = 0; at < data.Length; count++)
        {
            if (at + 4 > data.Length)
                return -1;
            at += 4 + BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)at));
            if (at > data.Length)
                return -1;
        }

        return count;
    }
}
