using CsCheck;
using Google.Protobuf;
using Inference.Adapters.Cli.Output;
using Inference.Adapters.Cli.Remote;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Cli.Tests.Remote;

public sealed class ResponseDecoderTests
{
    [Test]
    public void Decode_TypedContents_GivesTheirElements()
    {
        var response = new ModelInferResponse();
        Add(response, "bool", "BOOL", new InferTensorContents { BoolContents = { true, false } });
        Add(response, "i8", "INT8", new InferTensorContents { IntContents = { -128, 127 } });
        Add(response, "i16", "INT16", new InferTensorContents { IntContents = { -1, 1 } });
        Add(response, "i32", "INT32", new InferTensorContents { IntContents = { -1, 1 } });
        Add(response, "i64", "INT64", new InferTensorContents { Int64Contents = { long.MinValue, 1 } });
        Add(response, "u8", "UINT8", new InferTensorContents { UintContents = { 0, 255 } });
        Add(response, "u16", "UINT16", new InferTensorContents { UintContents = { 0, 65535 } });
        Add(response, "u32", "UINT32", new InferTensorContents { UintContents = { 0, uint.MaxValue } });
        Add(response, "u64", "UINT64", new InferTensorContents { Uint64Contents = { 0, ulong.MaxValue } });
        Add(response, "f32", "FP32", new InferTensorContents { Fp32Contents = { 0.1f, float.NaN } });
        Add(response, "f64", "FP64", new InferTensorContents { Fp64Contents = { 0.1, -0.0 } });
        Add(response, "bytes", "BYTES", new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("a"), ByteString.Empty } });

        using var answer = ResponseDecoder.Decode(response);

        var rows = AnswerText.Write(answer).Split(Environment.NewLine).Where(l => l.StartsWith("  ", StringComparison.Ordinal)).Select(l => l.Trim());
        Assert.That(
            rows,
            Is.EqualTo(new[]
            {
                "true, false", "-128, 127", "-1, 1", "-1, 1", "-9223372036854775808, 1", "0, 255", "0, 65535", "0, 4294967295", "0, 18446744073709551615",
                "0.1, NaN", "0.1, -0", "\"a\", \"\"",
            }));
    }

    [TestCase("FP33", 1L, TestName = "Decode_UnknownDatatype_IsRefused")]
    [TestCase("FP32", -1L, TestName = "Decode_NegativeShape_IsRefused")]
    [TestCase("FP32", long.MaxValue, TestName = "Decode_HugeShape_IsRefused")]
    [TestCase("FP32", 3L, TestName = "Decode_TooFewBytes_IsRefused")]
    [TestCase("BYTES", 1L, TestName = "Decode_BrokenBytes_IsRefused")]
    [TestCase("BOOL", 8L, TestName = "Decode_BoolOfSeven_IsRefused")]
    public void Decode_Raw(string datatype, long dimension)
    {
        var response = new ModelInferResponse { RawOutputContents = { ByteString.CopyFrom(7, 7, 7, 7, 7, 7, 7, 7) } };
        response.Outputs.Add(new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = datatype, Shape = { dimension } });

        Refused(response);
    }

    [Test]
    public void Decode_OtherContradictions_AreRefused()
    {
        var twice = new ModelInferResponse();
        Add(twice, "y", "FP32", new InferTensorContents { Fp32Contents = { 1, 2 } });
        Add(twice, "y", "FP32", new InferTensorContents { Fp32Contents = { 1, 2 } });
        var fewerRaw = new ModelInferResponse { RawOutputContents = { ByteString.Empty } };
        var mixed = new ModelInferResponse { RawOutputContents = { ByteString.CopyFrom(new byte[8]) } };
        Add(mixed, "y", "FP32", new InferTensorContents { Fp32Contents = { 1, 2 } });
        var narrow = new ModelInferResponse();
        Add(narrow, "y", "INT8", new InferTensorContents { IntContents = { 128, 1 } });
        var half = new ModelInferResponse();
        Add(half, "y", "FP16", new InferTensorContents { Fp32Contents = { 1, 2 } });
        var absent = new ModelInferResponse();
        Add(absent, "y", "FP32", contents: null);

        Assert.Multiple(() =>
        {
            foreach (var response in new[] { twice, fewerRaw, mixed, narrow, half, absent })
                Refused(response);
        });
    }

    // Whatever a server sends: an answer that prints, or an error of the domain.
    [Test]
    public void Decode_AnyAnswer_PrintsOrIsRefused() =>
        Gen.Select(
            Gen.OneOf("FP32", "BYTES", "BOOL", "INT8", "UINT64", "FP16", "BF16", "", "x"),
            Gen.Long[-2, 5].Array[0, 4],
            Gen.Byte.Array[0, 40],
            Gen.Bool,
            Gen.String).Sample((datatype, shape, data, raw, name) =>
        {
            var response = new ModelInferResponse { ModelName = Printable(name) };
            var output = new ModelInferResponse.Types.InferOutputTensor { Name = Printable(name), Datatype = datatype, Shape = { shape } };
            response.Outputs.Add(output);
            if (raw)
                response.RawOutputContents.Add(ByteString.CopyFrom(data));
            else
                output.Contents = new InferTensorContents { IntContents = { data.Select(b => (int)b) } };
            try
            {
                using var answer = ResponseDecoder.Decode(response);
                return AnswerText.Write(answer).Length > 0 && AnswerJson.Write(answer).Length > 0;
            }
            catch (InferenceException e)
            {
                return e.Message.StartsWith("the server's answer cannot be read", StringComparison.Ordinal);
            }
        });

    // Protobuf carries valid Unicode only.
    private static string Printable(string name) => string.Concat(name.Where(c => !char.IsSurrogate(c)));

    private static void Add(ModelInferResponse response, string name, string datatype, InferTensorContents? contents) =>
        response.Outputs.Add(new ModelInferResponse.Types.InferOutputTensor { Name = name, Datatype = datatype, Shape = { 2 }, Contents = contents });

    private static void Refused(ModelInferResponse response) =>
        Assert.That(
            () => ResponseDecoder.Decode(response),
            Throws.TypeOf<InferenceException>().With.Message.StartsWith("the server's answer cannot be read: "));
}
