using Google.Protobuf;
using Grpc.Core;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Wire;

/// <summary>Bytes that no honest client sends. Each gets a status of its own; the server serves on.</summary>
internal sealed class MalformedMessageTests : ServerFixture
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static b => b, static b => b);

    private static readonly Method<byte[], byte[]> ModelInfer =
        new(MethodType.Unary, "inference.GRPCInferenceService", "ModelInfer", Bytes, Bytes);

    private static readonly long[][] ImpossibleShapes =
    [
        [long.MaxValue, 2], [1L << 62, 4], [1L << 33, 1L << 33], [-1, 2], [long.MinValue, 1], [long.MaxValue, long.MaxValue], [0, long.MaxValue, 4],
    ];

    protected override string Repository => RepositoryPaths.TestModels;

    [TestCaseSource(nameof(ImpossibleShapes))]
    public async Task ModelInfer_ImpossibleShape_IsInvalidArgument(long[] shape)
    {
        var error = (await Assert.ThrowsAsync<RpcException>(async () =>
            await Server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Raw("x", "FP32", shape, new byte[8]))))!;

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument), error.Status.Detail);
    }

    [Test]
    public async Task ModelInfer_TruncatedAnywhere_NeverBreaksTheServer()
    {
        var whole = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1f, 2f).ToByteArray();
        for (var length = 0; length < whole.Length; length++)
            Assert.That(await Send(whole[..length]), Is.AnyOf(StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.OK), $"first {length} bytes");
    }

    [Test]
    public async Task ModelInfer_AnyByteChanged_NeverBreaksTheServer()
    {
        var random = new Random(7);
        var whole = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1f, 2f).ToByteArray();
        for (var i = 0; i < 600; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Assert.That(await Send(changed), Is.Not.AnyOf(StatusCode.Internal, StatusCode.Unknown, StatusCode.Unavailable), Convert.ToHexString(changed));
        }

        var response = await Server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1f, 2f));
        Assert.That(response.Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
    }

    private async Task<StatusCode> Send(byte[] message)
    {
        try
        {
            await Server.Channel.CreateCallInvoker().AsyncUnaryCall(ModelInfer, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(20)), message);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }
}
