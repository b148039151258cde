using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Wire;

/// <summary>All fourteen datatypes through real models, in both encodings, with every shape that is special.</summary>
internal sealed class DatatypeTests : ServerFixture
{
    private static readonly Dictionary<string, (string Model, byte[] Data)> Raw = new()
    {
        ["BOOL"] = ("identity_bool", [1, 0, 1, 1, 0, 0]),
        ["UINT8"] = ("identity_uint8", [0, 1, 127, 128, 254, 255]),
        ["UINT16"] = ("identity_uint16", Bytes<ushort>(0, 1, 32767, 32768, 65534, ushort.MaxValue)),
        ["UINT32"] = ("identity_uint32", Bytes<uint>(0, 1, 2, int.MaxValue, 2147483648, uint.MaxValue)),
        ["UINT64"] = ("identity_uint64", Bytes<ulong>(0, 1, 2, long.MaxValue, 9223372036854775808, ulong.MaxValue)),
        ["INT8"] = ("identity_int8", Bytes<sbyte>(0, 1, -1, 127, -128, 5)),
        ["INT16"] = ("identity_int16", Bytes<short>(0, 1, -1, short.MaxValue, short.MinValue, 5)),
        ["INT32"] = ("identity_int32", Bytes<int>(0, 1, -1, int.MaxValue, int.MinValue, 5)),
        ["INT64"] = ("identity_int64", Bytes<long>(0, 1, -1, long.MaxValue, long.MinValue, 5)),
        ["FP16"] = ("identity_fp16", Bytes<Half>((Half)0, (Half)1.5, Half.MinValue, Half.MaxValue, Half.Epsilon, Half.PositiveInfinity)),
        ["BF16"] = ("identity_bf16", Bytes<ushort>(0, 0x3F80, 0xBF80, 0x7F80, 0x0001, 0x4049)),
        ["FP32"] = ("identity_fp32", Bytes<float>(0, -0f, float.MaxValue, float.Epsilon, float.NaN, float.NegativeInfinity)),
        ["FP64"] = ("identity_fp64", Bytes<double>(0, -0.0, double.MaxValue, double.Epsilon, double.NaN, 1e-300)),
        ["BYTES"] = ("identity_string", Requests.BytesElements([[], "a"u8.ToArray(), "é✓"u8.ToArray(), [0, 1, 0], [0xFF, 0xFE], Encoding.UTF8.GetBytes(new string('x', 5000))])),
    };

    private static readonly Dictionary<string, InferTensorContents> Typed = new()
    {
        ["BOOL"] = new() { BoolContents = { true, false, true, true, false, false } },
        ["UINT8"] = new() { UintContents = { 0, 1, 127, 128, 254, 255 } },
        ["UINT16"] = new() { UintContents = { 0, 1, 32767, 32768, 65534, 65535 } },
        ["UINT32"] = new() { UintContents = { 0, 1, 2, int.MaxValue, 2147483648, uint.MaxValue } },
        ["UINT64"] = new() { Uint64Contents = { 0, 1, 2, long.MaxValue, 9223372036854775808, ulong.MaxValue } },
        ["INT8"] = new() { IntContents = { 0, 1, -1, 127, -128, 5 } },
        ["INT16"] = new() { IntContents = { 0, 1, -1, short.MaxValue, short.MinValue, 5 } },
        ["INT32"] = new() { IntContents = { 0, 1, -1, int.MaxValue, int.MinValue, 5 } },
        ["INT64"] = new() { Int64Contents = { 0, 1, -1, long.MaxValue, long.MinValue, 5 } },
        ["FP32"] = new() { Fp32Contents = { 0, -0f, float.MaxValue, float.Epsilon, float.NaN, float.NegativeInfinity } },
        ["FP64"] = new() { Fp64Contents = { 0, -0.0, double.MaxValue, double.Epsilon, double.NaN, 1e-300 } },
        ["BYTES"] = new() { BytesContents = { ByteString.Empty, ByteString.CopyFromUtf8("a"), ByteString.CopyFromUtf8("é✓"), ByteString.CopyFrom(0, 1, 0), ByteString.CopyFrom(0xFF, 0xFE), ByteString.CopyFromUtf8("z") } },
    };

    private static IEnumerable<string> RawTypes => Raw.Keys;

    private static IEnumerable<string> TypedTypes => Typed.Keys;

    protected override string Repository => RepositoryPaths.TestModels;

    [TestCaseSource(nameof(RawTypes))]
    public async Task ModelInfer_RawOfEveryDatatype_ComesBackUnchanged(string datatype)
    {
        var (model, data) = Raw[datatype];

        var response = await Server.Client.ModelInferAsync(Requests.For(model, "1").Raw("x", datatype, [2, 3], data));

        Assert.Multiple(() =>
        {
            Assert.That(response.Outputs.Single().Datatype, Is.EqualTo(datatype));
            Assert.That(response.Outputs.Single().Shape, Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(response.Outputs.Single().Contents, Is.Null);
            Assert.That(response.RawOutputContents.Single().ToByteArray(), Is.EqualTo(data));
        });
    }

    [TestCaseSource(nameof(TypedTypes))]
    public async Task ModelInfer_TypedOfEveryDatatype_ComesBackTypedAndUnchanged(string datatype)
    {
        var response = await Server.Client.ModelInferAsync(Requests.For(Raw[datatype].Model, "1").Typed("x", datatype, [2, 3], Typed[datatype]));

        Assert.Multiple(() =>
        {
            Assert.That(response.RawOutputContents, Is.Empty);
            Assert.That(response.Outputs.Single().Contents, Is.EqualTo(Typed[datatype]));
        });
    }

    [TestCaseSource(nameof(RawTypes))]
    public async Task ModelInfer_NoRows_AnswersWithNoRows(string datatype)
    {
        var response = await Server.Client.ModelInferAsync(Requests.For(Raw[datatype].Model, "1").Raw("x", datatype, [0, 3], []));

        Assert.Multiple(() =>
        {
            Assert.That(response.Outputs.Single().Shape, Is.EqualTo(new long[] { 0, 3 }));
            Assert.That(response.RawOutputContents.Single(), Is.Empty);
        });
    }

    [TestCaseSource(nameof(TypedTypes))]
    public async Task ModelInfer_NoRowsTyped_AnswersWithNoRows(string datatype)
    {
        var response = await Server.Client.ModelInferAsync(Requests.For(Raw[datatype].Model, "1").Typed("x", datatype, [0, 3], new InferTensorContents()));

        Assert.That(response.Outputs.Single().Shape, Is.EqualTo(new long[] { 0, 3 }));
    }

    [Test]
    public async Task ModelInfer_Scalar_IsRankZeroBothWays()
    {
        var response = await Server.Client.ModelInferAsync(Requests.For("scalar", "1").Floats("x", [], 3f));

        Assert.Multiple(() =>
        {
            Assert.That(response.Outputs.Single().Shape, Is.Empty);
            Assert.That(response.Floats("y"), Is.EqualTo(new[] { 7f }));
        });
    }

    [Test]
    public async Task ModelInfer_InputsInAnyOrder_AreFoundByName()
    {
        var request = Requests.For("sum_product", "1").Floats("b", [1, 3], 10, 20, 30).Floats("a", [1, 3], 1, 2, 3);

        var response = await Server.Client.ModelInferAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.Floats("sum"), Is.EqualTo(new[] { 11f, 22f, 33f }));
            Assert.That(response.Floats("product"), Is.EqualTo(new[] { 10f, 40f, 90f }));
        });
    }

    [Test]
    public async Task ModelInfer_OutputsAskedFor_AreThoseInThatOrder()
    {
        var request = Requests.For("sum_product", "1").Floats("a", [1, 3], 1, 2, 3).Floats("b", [1, 3], 1, 1, 1);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "product" });
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "sum" });

        var both = await Server.Client.ModelInferAsync(request);
        request.Outputs.RemoveAt(1);
        var one = await Server.Client.ModelInferAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(both.Outputs.Select(o => o.Name), Is.EqualTo(new[] { "product", "sum" }));
            Assert.That(both.Floats("sum"), Is.EqualTo(new[] { 2f, 3f, 4f }));
            Assert.That(one.Outputs.Select(o => o.Name), Is.EqualTo(new[] { "product" }));
            Assert.That(one.RawOutputContents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task ModelInfer_ClassificationAskedFor_GivesTheBestClassesAsText()
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [2, 3], 0.25f, 0.5f, 0.125f, 3f, 3f, float.NaN);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y", Parameters = { ["classification"] = new InferParameter { Int64Param = 2 } } });

        var response = await Server.Client.ModelInferAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.Outputs.Single().Datatype, Is.EqualTo("BYTES"));
            Assert.That(response.Outputs.Single().Shape, Is.EqualTo(new long[] { 2, 2 }));
            Assert.That(response.Strings("y"), Is.EqualTo(new[] { "0.500000:1", "0.250000:0", "3.000000:0", "3.000000:1" }));
        });
    }

    [Test]
    public async Task ModelInfer_IdOfTheRequest_IsEchoed()
    {
        var request = Requests.For("fixed", "1").Floats("x", [2, 3], 1, 2, 3, 4, 5, 6);
        request.Id = "answer-me";

        var response = await Server.Client.ModelInferAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.Id, Is.EqualTo("answer-me"));
            Assert.That(response.ModelName, Is.EqualTo("fixed"));
            Assert.That(response.ModelVersion, Is.EqualTo("1"));
            Assert.That(response.Floats("y"), Is.EqualTo(new[] { -1f, -2f, -3f, -4f, -5f, -6f }));
        });
    }

    [Test]
    public async Task ModelInfer_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        const int calls = 400;
        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(async i =>
        {
            var response = await Server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], i, -i));
            return response.Floats("y");
        }));

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, calls).Select(i => new float[] { i, -i })));
    }

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
