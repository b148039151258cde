using CsCheck;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tests.Infer.Reference;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Infer.Codec;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class TypedContentsTests
{
    private static IEnumerable<TensorType> TypesWithContents => Enum.GetValues<TensorType>().Where(t => ContentsFields.Of(t) != ContentsField.None);

    [TestCaseSource(nameof(TypesWithContents))]
    public void Decode_OfEncoded_GivesTheSameElements(TensorType type)
    {
        var rented = TensorPool.Shared.Rented;
        TensorGen.Of(type).Sample(tensor =>
        {
            using var inputs = Decode(Message(type, tensor.Shape, TypedContents.Encode(tensor))).Inputs;
            var decoded = inputs.Get("X");
            return decoded.Type == type && decoded.Shape == tensor.Shape && decoded.Data.Span.SequenceEqual(tensor.Data.Span);
        });
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [Test]
    public void Names_EveryField_AreTheProtocols()
    {
        var protocol = InferTensorContents.Descriptor.Fields.InFieldNumberOrder().Select(f => f.Name);
        var fields = Enum.GetValues<ContentsField>().Where(f => f != ContentsField.None).Order();
        Assert.That(fields.Select(f => f.Name()), Is.EqualTo(protocol));
    }

    [TestCase(TensorType.Int8, 127, -128, 128)]
    [TestCase(TensorType.Int8, 0, -1, -129)]
    [TestCase(TensorType.Int16, 32767, -32768, 32768)]
    [TestCase(TensorType.Int16, 0, 1, int.MinValue)]
    public void Decode_SignedThatDoesNotFit_NamesIndexAndValue(TensorType type, int first, int second, int wrong)
    {
        var contents = new InferTensorContents { IntContents = { first, second, wrong } };
        var error = Refused(type, 3, contents);
        Assert.That(error, Does.Contain("input 'X'").And.Contain(type.ProtocolName()).And.Contain($"holds {wrong} at element 2"));
    }

    [TestCase(TensorType.UInt8, 255u, 256u)]
    [TestCase(TensorType.UInt16, 65535u, 65536u)]
    [TestCase(TensorType.UInt16, 0u, uint.MaxValue)]
    public void Decode_UnsignedThatDoesNotFit_NamesIndexAndValue(TensorType type, uint fits, uint wrong)
    {
        var error = Refused(type, 2, new InferTensorContents { UintContents = { fits, wrong } });
        Assert.That(error, Does.Contain($"holds {wrong} at element 1"));
    }

    [TestCaseSource(nameof(TypesWithContents))]
    public void Decode_ElementsInAnotherField_NamesBothFields(TensorType type)
    {
        var contents = type == TensorType.Float64 ? new InferTensorContents { Fp32Contents = { 1 } } : new InferTensorContents { Fp64Contents = { 1 } };
        var error = Refused(type, 1, contents);
        Assert.That(error, Does.Contain("contents").And.Contain(ContentsFields.Of(type).Name()).And.Contain(contents.Stray(ContentsFields.Of(type)).Name()));
    }

    [Test]
    public void Decode_ElementsInTwoFields_IsRefused()
    {
        var error = Refused(TensorType.Float32, 1, new InferTensorContents { Fp32Contents = { 1 }, BytesContents = { Google.Protobuf.ByteString.Empty } });
        Assert.That(error, Does.Contain("bytes_contents"));
    }

    [TestCaseSource(nameof(TypesWithContents))]
    public void Decode_NoElementsForAShapeThatHasSome_SaysWhereTheyGo(TensorType type) =>
        Assert.That(Refused(type, 2, null), Does.Contain("has no data").And.Contain(ContentsFields.Of(type).Name()).And.Contain("raw_input_contents"));

    [Test]
    public void Decode_WrongNumberOfElements_NamesBothNumbers() =>
        Assert.That(Refused(TensorType.Int64, 3, new InferTensorContents { Int64Contents = { 1, 2 } }), Does.Contain("has 2 elements").And.Contain("expected 3"));

    [TestCase(TensorType.Float16)]
    [TestCase(TensorType.BFloat16)]
    public void Decode_TypeWithoutField_AsksForRaw(TensorType type)
    {
        Assert.That(Refused(type, 1, null), Does.Contain("raw_input_contents"));
        Assert.That(Refused(type, 1, new InferTensorContents { Fp32Contents = { 1 } }), Does.Contain("raw_input_contents"));
    }

    [Test]
    public void Decode_NoElementsOfAnyType_IsAnEmptyTensor([Values] TensorType type, [Values] bool message)
    {
        using var inputs = Decode(Message(type, TensorShape.Of(0, 3), message ? new InferTensorContents() : null)).Inputs;
        var tensor = inputs.Get("X");
        Assert.That(tensor.Data.Length, Is.Zero);
        Assert.That(tensor.Shape, Is.EqualTo(TensorShape.Of(0, 3)));
    }

    private static string Refused(TensorType type, long elements, InferTensorContents? contents) => Codec.Refused(Message(type, TensorShape.Of(elements), contents));

    private static ModelInferRequest Message(TensorType type, TensorShape shape, InferTensorContents? contents) => new()
    {
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "X", Datatype = type.ProtocolName(), Shape = { shape.Dimensions }, Contents = contents } },
    };
}
