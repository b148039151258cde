using System.Buffers.Binary;
using Google.Protobuf;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Connections;

/// <summary>A client that leaves its answer unread beyond the deadline: the call ends as one that was cancelled, not as a failure of the server.</summary>
internal sealed class UnreadAnswerTests : ServerFixture
{
    private const string Infer = "/inference.GRPCInferenceService/ModelInfer";
    private const uint Cancelled = 8;
    private const int FrameBytes = 16_384;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected override string Repository => RepositoryPaths.TestModels;

    [Test]
    public async Task ModelInfer_DeadlinePassesWhileTheAnswerIsNotRead_StreamEndsAsCancelled()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var wire = await Http2Wire.OpenAsync(Server.GrpcAddress);
        await wire.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Call(Infer, ("grpc-timeout", "1S"))));
        await wire.SendAsync(Request(elements: 150_528));

        // The windows of this client take a tenth of the answer, and are never opened again.
        var frames = await wire.ReadAsync(Http2Wire.Reset, limit.Token);

        Assert.That(frames, Has.Member(Http2Wire.Data), "an answer that had begun");
        Assert.That(BinaryPrimitives.ReadUInt32BigEndian(wire.Payload), Is.EqualTo(Cancelled));
        var series = await Scrape.SeriesAsync(Server, "inference_requests_in_flight");
        Assert.That(series.Values.Single(), Is.Zero);
        Assert.That(Server.Log.Errors, Is.Empty);
    }

    private static byte[] Request(int elements)
    {
        var message = Requests.For("identity_fp32", "1").Floats("x", [1, elements], new float[elements]).ToByteArray();
        var body = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, 5);
        return [.. body.Chunk(FrameBytes).SelectMany((chunk, i) => Http2Wire.Frame(Http2Wire.Data, (byte)((i + 1) * FrameBytes >= body.Length ? Http2Wire.EndStream : 0), 1, chunk))];
    }
}
