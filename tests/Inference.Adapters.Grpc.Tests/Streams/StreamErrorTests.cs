using Grpc.Core;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class StreamErrorTests
{
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);

    [Test]
    public async Task ModelStreamInfer_RequestsThatFail_AreToldByTheirIdsAndTheStreamLivesOn()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        var unknownVersion = Request("c");
        unknownVersion.ModelVersion = "7";
        var wrongData = Request("d");
        wrongData.Inputs[0].Shape[0] = 3;
        await stream.SendAsync(Requests.Raw("m", TensorType.Float32, new byte[4], 1));
        await stream.SendAsync(Request("b", model: "nobody"));
        await stream.SendAsync(unknownVersion);
        await stream.SendAsync(wrongData);
        await stream.SendAsync(With(Request("e"), "triton_unknown"));
        await stream.SendAsync(Request("f"));
        await stream.CompleteAsync();

        var answers = (await stream.RestAsync()).ToDictionary(a => a.InferResponse.Id, a => a);

        Assert.That(answers[""].ErrorMessage, Does.StartWith("model 'm' version 1: input 'X' has datatype FP32"));
        Assert.That(answers["b"].ErrorMessage, Does.StartWith("model 'nobody' is not in the repository"));
        Assert.That(answers["c"].ErrorMessage, Does.Contain("no version '7'"));
        Assert.That(answers["d"].ErrorMessage, Does.Contain("'X'").And.Contain("3"));
        Assert.That(answers["e"].ErrorMessage, Does.Contain("'triton_unknown'"));
        Assert.That((answers["f"].ErrorMessage, answers["f"].InferResponse.RawOutputContents.Count), Is.EqualTo((string.Empty, 1)));
    }

    [Test]
    public async Task ModelStreamInfer_MessageThatIsNoProtobuf_IsToldAndTheStreamLivesOn()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        var method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, "inference.GRPCInferenceService", "ModelStreamInfer", Requests.Bytes, Requests.Bytes);
        using var call = server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions());
        await call.RequestStream.WriteAsync([0x0a, 0xff]);
        await call.RequestStream.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(Request("good")));
        await call.RequestStream.CompleteAsync();
        var answers = new List<ModelStreamInferResponse>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
            answers.Add(ModelStreamInferResponse.Parser.ParseFrom(call.ResponseStream.Current));

        Assert.That(answers.Select(a => a.ErrorMessage), Has.Exactly(1).Contains("not a valid Protobuf message").And.Exactly(1).Empty);
        Assert.That(answers.Single(a => a.ErrorMessage.Length == 0).InferResponse.Id, Is.EqualTo("good"));
    }

    [Test]
    public async Task ModelStreamInfer_IdUnderWay_IsRefusedWithoutCarryingItAndFreeAfterItsAnswer()
    {
        var finish = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync(Identity with
        {
            Run = async (inputs, context) =>
            {
                await finish.Task;
                return await Identity.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        await stream.SendAsync(Request("a", 1));
        await stream.SendAsync(Request("a", 2));
        var refused = await stream.NextAsync();
        finish.SetResult();
        var answered = await stream.NextAsync();
        await stream.SendAsync(Request("a", 3));
        var again = await stream.NextAsync();

        Assert.That(refused!.ErrorMessage, Does.Contain("id 'a' is under way on this stream"));
        Assert.That(refused.InferResponse.Id, Is.Empty);
        Assert.That(new[] { answered!, again! }.Select(a => (a.InferResponse.Id, a.InferResponse.RawOutputContents[0][0])), Is.EqualTo(new[] { ("a", (byte)1), ("a", (byte)3) }));
    }

    [Test]
    public async Task ModelStreamInfer_NoIds_MayBeUnderWayTogether()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        for (var i = 0; i < 50; i++)
            await stream.SendAsync(Request(string.Empty));
        await stream.CompleteAsync();

        Assert.That((await stream.RestAsync()).Select(a => a.ErrorMessage), Is.EqualTo(Enumerable.Repeat(string.Empty, 50)));
    }

    [Test]
    public async Task ModelStreamInfer_ErrorWithATimeToWait_SaysIt()
    {
        await using var server = await LoopbackServer.StartAsync(Identity with
        {
            Run = (_, _) => throw new InferenceException(ErrorCode.Overloaded, "too much waits.") { RetryAfter = TimeSpan.FromMilliseconds(249.5) },
        });
        using var stream = Open(server);
        await stream.SendAsync(Request("a"));

        Assert.That((await stream.NextAsync())!.ErrorMessage, Is.EqualTo("too much waits. Retry after 250 ms."));
    }

    [Test]
    public async Task ModelStreamInfer_MessageAboveTheLimit_EndsTheStreamAfterWhatWasRead()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        await stream.SendAsync(Request("a"));

        // The server ends the stream by the message's head, so that not all of it may be sent.
        var sending = stream.SendAsync(Sized("b", "m", new byte[LoopbackServer.SmallLimit + 1]));
        var answer = await stream.NextAsync();
        var end = await stream.EndAsync();
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That((answer!.InferResponse.Id, end.StatusCode), Is.EqualTo(("a", StatusCode.ResourceExhausted)));
        Assert.That(end.Status.Detail, Does.Contain("Server:MaxMessageBytes"));
    }

    [Test]
    public async Task ModelStreamInfer_FrameThatIsNoGrpcMessage_EndsTheStreamWithInvalidArgument()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        var (status, message) = await server.PostAsync("ModelStreamInfer", [9, 0, 0, 0, 1, 0]);

        Assert.That(status, Is.EqualTo($"{(int)StatusCode.InvalidArgument}"));
        Assert.That(Uri.UnescapeDataString(message), Does.Contain("cannot be read as one gRPC message"));
    }

    [Test]
    public async Task ModelStreamInfer_StreamTensorForms_DoNotMix()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        var mixed = Request("a");
        mixed.Inputs[0].Contents = new InferTensorContents { UintContents = { 1 } };
        await stream.SendAsync(mixed);

        Assert.That((await stream.NextAsync())!.ErrorMessage, Does.Contain(ContentsFields.Of(TensorType.UInt8).Name()));
    }
}
