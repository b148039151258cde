using CsCheck;
using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Infer.Codec;
using static Inference.Adapters.Protocol.ModelInferRequest.Types;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class InferCallCodecTests
{
    [Test]
    public void Decode_RawTensor_IsTheSameInPooledMemory([Values] TensorType type)
    {
        var rented = TensorPool.Shared.Rented;
        TensorGen.Of(type).Sample(tensor =>
        {
            var request = new ModelInferRequest { RawInputContents = { ByteString.CopyFrom(tensor.Data.Span) } };
            request.Inputs.Add(Input("X", type, [.. tensor.Shape.Dimensions]));
            using var inputs = Decode(request).Inputs;
            var decoded = inputs.Get("X");
            Assert.That(decoded.Data.Span.SequenceEqual(tensor.Data.Span) && decoded.Shape == tensor.Shape && decoded.Type == type);
        });
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [Test]
    public void Decode_Names_AreTheRequests()
    {
        var request = new ModelInferRequest { ModelName = "m", ModelVersion = "3", Id = "id-7" };
        var decoded = Decode(request, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Multiple(() =>
        {
            Assert.That((decoded.ModelName, decoded.Version, decoded.Id), Is.EqualTo(("m", "3", "id-7")));
            Assert.That(decoded.DeadlineUtc, Is.EqualTo(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc)));
            Assert.That(decoded.Outputs, Is.Empty);
            Assert.That(decoded.Inputs, Is.Empty);
        });
    }

    [Test]
    public void Decode_NoDeadline_IsNull() => Assert.That(Decode(new ModelInferRequest()).DeadlineUtc, Is.Null);

    [Test]
    public void Decode_NameAboveTheLimit_NamesItsPlaceAndBothLengths()
    {
        var name = new string('n', RequestTensors.LongestName);
        var request = new ModelInferRequest { Inputs = { Input(name, TensorType.UInt8, 0) }, Outputs = { new InferRequestedOutputTensor { Name = name } }, RawInputContents = { ByteString.Empty } };
        using (var inputs = Decode(request).Inputs)
            Assert.That(inputs[0].Name, Is.EqualTo(name));
        request.Inputs[0].Name += "n";
        Assert.That(Refused(request), Does.Contain("input 0 has 1025 characters").And.Contain("1024"));
        request.Inputs[0].Name = "n";
        request.Outputs[0].Name += "n";
        Assert.That(Refused(request), Does.Contain("output 0 has 1025 characters"));
    }

    [Test]
    public void Decode_RawAndTypedInputs_NamesTheTypedOne()
    {
        var request = new ModelInferRequest { Inputs = { Input("A", TensorType.Int64, 1), Typed("B", 1, 2) }, RawInputContents = { ByteString.CopyFrom(new byte[8]) } };
        Assert.That(Refused(request), Does.Contain("input 'B' has 2 elements in int64_contents").And.Contain("raw_input_contents"));
    }

    [Test]
    public void Decode_RawEntryAndTypedContentsOfOneInput_IsRefused()
    {
        var request = new ModelInferRequest { Inputs = { Typed("B", 1) }, RawInputContents = { ByteString.CopyFrom(new byte[8]) } };
        Assert.That(Refused(request), Does.Contain("all inputs raw or all typed"));
    }

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    [TestCase(0, 1)]
    public void Decode_OtherNumberOfRawEntries_NamesBothNumbers(int inputs, int entries)
    {
        var request = new ModelInferRequest();
        for (var i = 0; i < inputs; i++)
            request.Inputs.Add(Input($"X{i}", TensorType.UInt8, 1));
        for (var i = 0; i < entries; i++)
            request.RawInputContents.Add(ByteString.CopyFrom(1));
        Assert.That(Refused(request), Does.Contain($"raw_input_contents has {entries} entries for {inputs} inputs"));
    }

    [Test]
    public void Decode_OneInputOfTwoWithoutContents_NamesIt() =>
        Assert.That(Refused(new ModelInferRequest { Inputs = { Typed("A", 1), Input("B", TensorType.Int64, 1) } }), Does.Contain("input 'B' has no data"));

    [TestCase(7)]
    [TestCase(9)]
    [TestCase(0)]
    public void Decode_RawOfWrongLength_NamesBothLengths(int length)
    {
        var request = new ModelInferRequest { Inputs = { Input("X", TensorType.Int64, 1) }, RawInputContents = { ByteString.CopyFrom(new byte[length]) } };
        Assert.That(Refused(request), Does.Contain("'X'").And.Contain($"has {length} bytes").And.Contain("expected 8"));
    }

    [TestCase(new byte[] { 1, 0, 0 }, "at element 0")]
    [TestCase(new byte[] { 0, 0, 0, 0, 2, 0, 0, 0, 65 }, "at element 1")]
    [TestCase(new byte[] { 255, 255, 255, 255 }, "claims 4294967295 bytes")]
    [TestCase(new byte[] { 0, 0, 0, 0 }, "holds 1 elements, expected 2")]
    public void Decode_BrokenRawBytes_NamesTheElement(byte[] data, string expected)
    {
        var request = new ModelInferRequest { Inputs = { Input("X", TensorType.Bytes, 2) }, RawInputContents = { ByteString.CopyFrom(data) } };
        Assert.That(Refused(request), Does.Contain("'X'").And.Contain(expected));
    }

    [Test]
    public void Decode_BoolByteOtherThanZeroAndOne_IsRefused()
    {
        var request = new ModelInferRequest { Inputs = { Input("X", TensorType.Bool, 2) }, RawInputContents = { ByteString.CopyFrom(1, 2) } };
        Assert.That(Refused(request), Does.Contain("BOOL"));
    }

    [TestCase(-1L)]
    [TestCase(long.MinValue)]
    [TestCase(2L, long.MaxValue)]
    [TestCase(long.MaxValue, 0L, long.MaxValue)]
    public void Decode_NegativeOrOverflowingShape_NamesInputAndShape(params long[] shape)
    {
        foreach (var raw in new[] { false, true })
        {
            var request = new ModelInferRequest { Inputs = { Input("X", TensorType.Float32, shape) } };
            if (raw)
                request.RawInputContents.Add(ByteString.Empty);
            Assert.That(Refused(request), Does.Contain("'X'").And.Contain(ErrorText.Shape(shape)));
        }
    }

    [Test]
    public void Decode_ShapeThatPromisesMoreThanIsSent_AllocatesNothing()
    {
        var request = new ModelInferRequest { Inputs = { Input("X", TensorType.Float64, 1L << 55) } };
        Assert.That(Refused(request), Does.Contain("has no data"));
    }

    [Test]
    public void Decode_NameTwice_GivesMemoryBack() =>
        Assert.That(Refused(new ModelInferRequest { Inputs = { Typed("A", 1), Typed("A", 1) } }), Does.Contain("'A' is given twice"));

    [Test]
    public void Decode_InputWithoutName_NamesItsPlace() =>
        Assert.That(Refused(new ModelInferRequest { Inputs = { Typed("A", 1), Typed(string.Empty, 1) } }), Does.Contain("input 1 has no name"));

    [TestCase("")]
    [TestCase("fp32")]
    [TestCase("STRING")]
    public void Decode_UnknownDatatype_ListsTheKnown(string datatype)
    {
        var request = new ModelInferRequest { Inputs = { new InferInputTensor { Name = "X", Datatype = datatype } } };
        Assert.That(Refused(request), Does.Contain($"datatype '{datatype}'").And.Contain("BYTES"));
    }

    [Test]
    public void Decode_ManyInputs_AreRefusedBeforeAnyIsRead()
    {
        var request = new ModelInferRequest();
        for (var i = 0; i <= RequestBounds.MostInputs; i++)
            request.Inputs.Add(new InferInputTensor());
        Assert.That(Refused(request), Does.Contain($"at most {RequestBounds.MostInputs}"));
    }

    [Test]
    public void Read_Request_IsRawUnlessThereAreTypedInputs()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Form(new ModelInferRequest()), Is.EqualTo(TensorForm.Raw));
            Assert.That(Form(new ModelInferRequest { Inputs = { Typed("A", 1) } }), Is.EqualTo(TensorForm.Typed));
            Assert.That(Form(new ModelInferRequest { Inputs = { Input("A", TensorType.Bool, 0) } }), Is.EqualTo(TensorForm.Typed));
            Assert.That(Form(new ModelInferRequest { Inputs = { Input("A", TensorType.UInt8, 0) }, RawInputContents = { ByteString.Empty } }), Is.EqualTo(TensorForm.Raw));
        });
    }

    [Test]
    public void Read_RefusedRequest_StillHasItsNames()
    {
        using var call = Codec.Read(new ModelInferRequest { ModelName = "m", Id = "7", Inputs = { Typed(string.Empty, 1) } }.ToByteArray());
        Assert.That((call.ModelName, call.Id), Is.EqualTo(("m", "7")));
    }

    [Test]
    public void Read_Request_CountsTheBytesOfItsTensors()
    {
        using var call = Codec.Read(new ModelInferRequest { Inputs = { Typed("A", 1, 2), Typed("B", 3) } }.ToByteArray());
        Assert.That(call.Bytes, Is.EqualTo(24));
    }

    private static TensorForm Form(ModelInferRequest request)
    {
        using var call = Codec.Read(request.ToByteArray());
        return call.Error is null ? call.Form : throw call.Error;
    }

    private static InferInputTensor Input(string name, TensorType type, params long[] shape) => new() { Name = name, Datatype = type.ProtocolName(), Shape = { shape } };

    private static InferInputTensor Typed(string name, params long[] values)
    {
        var input = Input(name, TensorType.Int64, values.Length);
        input.Contents = new InferTensorContents { Int64Contents = { values } };
        return input;
    }
}
