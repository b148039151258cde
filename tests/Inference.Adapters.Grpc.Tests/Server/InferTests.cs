using System.Buffers.Binary;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tests.Infer;
using Inference.Adapters.Grpc.Tests.Infer.Reference;
using Inference.Adapters.Protocol;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class InferTests
{
    [Test]
    public async Task ModelInfer_Raw_AnswersRawWithTheSameBytes([Values] TensorType type)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", type));
        await TensorGen.Of(type).Where(t => t.Shape.Rank == 1).SampleAsync(
            async tensor =>
            {
                var answer = await server.Client.ModelInferAsync(Raw("m", type, tensor.Data.ToArray(), [.. tensor.Shape.Dimensions]));
                Assert.That(answer.RawOutputContents.Single().Span.SequenceEqual(tensor.Data.Span));
                Assert.That(answer.Outputs.Single(), Is.EqualTo(new ModelInferResponse.Types.InferOutputTensor { Name = "Y", Datatype = type.ProtocolName(), Shape = { tensor.Shape.Dimensions } }));
            },
            iter: 20);
    }

    [Test]
    public async Task ModelInfer_Typed_AnswersTypedWithTheSameElements([Values] TensorType type)
    {
        Assume.That(ContentsFields.Of(type), Is.Not.EqualTo(ContentsField.None));
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", type));
        await TensorGen.Of(type).Where(t => t.Shape.Rank == 1).SampleAsync(
            async tensor =>
            {
                var contents = TypedContents.Encode(tensor);
                var answer = await server.Client.ModelInferAsync(Typed("m", type, contents, [.. tensor.Shape.Dimensions]));
                Assert.That(answer.RawOutputContents, Is.Empty);
                Assert.That(answer.Outputs.Single().Contents, Is.EqualTo(contents));
            },
            iter: 20);
    }

    [TestCase(TensorType.Float16)]
    [TestCase(TensorType.BFloat16)]
    public async Task ModelInfer_TypedButOneOutputHasNoField_AnswersAllRaw(TensorType type)
    {
        var spec = ModelSpec.Create(
            [new TensorSpec("X", TensorType.Float32, [-1])], [new TensorSpec("A", TensorType.Float32, [-1]), new TensorSpec("B", type, [-1])], "p");
        var model = new TestModel("m", spec, (inputs, _) => ValueTask.FromResult(
            new TensorSet().Add("A", inputs.Get("X").Share()).Add("B", Tensor.From<ushort>(type, TensorShape.Of(1), [0x3c00]))));
        await using var server = await LoopbackServer.StartAsync(model);
        var answer = await server.Client.ModelInferAsync(Typed("m", TensorType.Float32, new InferTensorContents { Fp32Contents = { 1.5f } }, 1));
        Assert.Multiple(() =>
        {
            Assert.That(answer.Outputs.Select(o => o.Contents), Is.All.Null);
            Assert.That(answer.RawOutputContents.Select(r => r.ToByteArray()), Is.EqualTo(new byte[][] { [0, 0, 0xc0, 0x3f], [0, 0x3c] }));
        });
    }

    [Test]
    public async Task ModelInfer_NoInputs_AnswersRaw()
    {
        var spec = ModelSpec.Create([], [new TensorSpec("Y", TensorType.Int32, [1])], "p");
        await using var server = await LoopbackServer.StartAsync(
            new TestModel("m", spec, (_, _) => ValueTask.FromResult(new TensorSet().Add("Y", Tensor.From(TensorType.Int32, TensorShape.Of(1), [42])))));
        var answer = await server.Client.ModelInferAsync(new ModelInferRequest { ModelName = "m", ModelVersion = "1" });
        Assert.That(BinaryPrimitives.ReadInt32LittleEndian(answer.RawOutputContents.Single().Span), Is.EqualTo(42));
    }

    [Test]
    public async Task ModelInfer_Request_EchoesIdAndNamesVersion()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with { Versions = [1, 7] });
        var request = Raw("m", TensorType.UInt8, [5], 1);
        (request.ModelVersion, request.Id) = ("7", "漢-1");
        var answer = await server.Client.ModelInferAsync(request);
        Assert.That((answer.ModelName, answer.ModelVersion, answer.Id), Is.EqualTo(("m", "7", "漢-1")));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task ModelInfer_Classification_GivesTheBestClasses(bool raw)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.Int32));
        var request = raw
            ? Raw("m", TensorType.Int32, [1, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0], 3)
            : Typed("m", TensorType.Int32, new InferTensorContents { IntContents = { 1, 9, 4 } }, 3);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "Y", Parameters = { ["classification"] = new InferParameter { Int64Param = 2 } } });
        var answer = await server.Client.ModelInferAsync(request);
        Assert.That((answer.Outputs[0].Datatype, answer.Outputs[0].Shape.Single()), Is.EqualTo(("BYTES", 2L)));
        if (raw)
            Assert.That(answer.RawOutputContents[0], Is.EqualTo(ByteString.CopyFrom([3, 0, 0, 0, .. "9:1"u8, 3, 0, 0, 0, .. "4:2"u8])));
        else
            Assert.That(answer.Outputs[0].Contents.BytesContents.Select(b => b.ToStringUtf8()), Is.EqualTo(new[] { "9:1", "4:2" }));
    }

    [Test]
    public async Task ModelInfer_WrongRequest_TellsWhy()
    {
        await using var server = await LoopbackServer.StartAsync(
            TestModel.Identity("m", TensorType.UInt8), TestModel.Identity("bad", TensorType.UInt8) with { LoadProblem = "the artefact is torn." });
        var noVersion = Raw("m", TensorType.UInt8, [1], 1);
        noVersion.ModelVersion = string.Empty;
        (ModelInferRequest Request, StatusCode Code, string Text)[] cases =
        [
            (Raw("none", TensorType.UInt8, [1], 1), StatusCode.NotFound, "model 'none' is not in the repository"),
            (noVersion, StatusCode.InvalidArgument, "names no version"),
            (Raw("bad", TensorType.UInt8, [1], 1), StatusCode.FailedPrecondition, "the artefact is torn."),
            (Raw("m", TensorType.UInt8, [1], 2), StatusCode.InvalidArgument, "1 bytes of data, expected 2"),
            (Raw("m", TensorType.Int8, [1], 1), StatusCode.InvalidArgument, "UINT8"),
        ];
        foreach (var (request, code, text) in cases)
        {
            var error = await RefusedAsync(() => server.Client.ModelInferAsync(request).ResponseAsync);
            Assert.That(error.StatusCode, Is.EqualTo(code));
            Assert.That(error.Status.Detail, Does.Contain(text));
        }
    }

    [TestCase('a')]
    [TestCase('漢')]
    public async Task ModelInfer_EndlessModelName_GetsAShortAnswer(char letter)
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw(new string(letter, 100_000), TensorType.UInt8, [1], 1)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("100000 characters").And.Contain("is not in the repository"));
        var (_, onTheWire) = await server.PostAsync("ModelInfer", Framed(Raw(new string(letter, 100_000), TensorType.UInt8, [1], 1)));
        Assert.That(onTheWire, Has.Length.LessThanOrEqualTo(StatusText.MaxEncodedBytes));
    }

    [Test]
    public async Task ModelInfer_ModelBreaks_TellsNothingOfTheInside()
    {
        await using var server = await LoopbackServer.StartAsync(
            TestModel.Identity("m", TensorType.UInt8) with { Run = (_, _) => throw new InvalidOperationException("secret detail") });
        server.ExpectedErrors.Add(Inference.Core.Logging.EventIds.Inference + 1);
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Internal));
        Assert.That(error.Status.Detail, Does.Contain("model 'm' version 1").And.Not.Contain("secret"));
    }
}
