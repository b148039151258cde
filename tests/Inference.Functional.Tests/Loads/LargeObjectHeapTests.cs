using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Loads;

/// <summary>
/// Tensors of any size go through the server without a single one on the large object heap, once the server is warm. Compressed
/// messages are not among them: the gRPC library unpacks them into memory of its own.
/// </summary>
internal sealed class LargeObjectHeapTests : ServerFixture
{
    private const string Unary = "ModelInfer", Stream = "ModelStreamInfer";

    // What the count may miss or take from elsewhere; a single large tensor on the heap is more.
    private const long Slack = 250_000;

    protected override string Repository => RepositoryPaths.TestModels;

    [Test]
    public async Task Infer_WarmServer_AllocatesNothingOnTheLargeObjectHeap(
        [Values(Unary, Stream)] string method, [Values(256, 16_384, 150_528, 4_816_896, 15_000_000)] int elements, [Values] bool typed)
    {
        var times = Math.Clamp(20_000_000 / elements, 4, 100);
        var answer = await RepeatAsync(method, Request(elements, typed), times, callers: 1);

        Assert.That(answer.Large, Is.LessThan(Slack), $"bytes on the large object heap of {times} requests");
        Assert.That(answer.Bytes, Is.GreaterThan((long)times * elements * sizeof(float)));
    }

    [Test]
    public async Task Infer_ManyAtOnceThatShareRuns_AllocateNothingOnTheLargeObjectHeap([Values(Unary, Stream)] string method)
    {
        var answer = await RepeatAsync(method, Request(150_528, typed: false), times: 40, callers: 8);

        Assert.That(answer.Large, Is.LessThan(Slack), "bytes on the large object heap of 320 requests");
    }

    private static ModelInferRequest Request(int elements, bool typed)
    {
        var request = Requests.For("identity_fp32", "1");
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, elements } };
        request.Inputs.Add(input);
        if (typed)
            (input.Contents = new InferTensorContents()).Fp32Contents.AddRange(new float[elements]);
        else
            request.RawInputContents.Add(UnsafeByteOperations.UnsafeWrap(new byte[elements * sizeof(float)]));
        return request;
    }

    private async Task<(long Large, long Bytes)> RepeatAsync(string method, ModelInferRequest request, int times, int callers)
    {
        using var client = new FrameClient(Server.GrpcAddress);
        using var heap = new LargeObjects();
        var frame = FrameClient.Frame(request);

        // The first requests fill the pools.
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallsAsync(client, method, frame, times)));
        var before = heap.Bytes;
        var bytes = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallsAsync(client, method, frame, times)));
        return (heap.Bytes - before, bytes.Sum());
    }

    private static async Task<long> CallsAsync(FrameClient client, string method, byte[] frame, int times)
    {
        long bytes = 0;
        for (var i = 0; i < (method == Unary ? times : 1); i++)
        {
            var answer = await client.CallAsync(method, frame, method == Unary ? 1 : times);
            Assert.That(answer.Status, Is.EqualTo("0"));
            bytes += answer.Bytes;
        }

        return bytes;
    }
}
