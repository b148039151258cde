using System.Diagnostics;
using Grpc.Net.Client;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Adapters.Protocol;
using Inference.Core.Configuration;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class StreamBoundsTests
{
    // What a client's and the web server's buffers take of answers, whatever a stream does: two windows of 64 KiB and more.
    private const int Buffers = 1 << 20;
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);

    [Test]
    public async Task ModelStreamInfer_ModelNeverEnds_ReadsNoMoreRequestsThanMayBeUnderWay()
    {
        const int Limited = 7;
        var runs = 0;
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopbackServer.StartAsync(new StreamOptions { MaxInFlight = Limited }, TestModel.Identity("other", TensorType.UInt8), Identity with
        {
            Run = async (inputs, context) =>
            {
                Interlocked.Increment(ref runs);
                await finish.Task;
                return await Identity.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        var sending = SendAsync(stream, 100, bytes: 1);
        Assert.That(() => server.Streams.InFlight, Is.EqualTo(Limited).After(30_000, 1));
        await PassTimeAsync(server);
        var runsBefore = Volatile.Read(ref runs);
        finish.SetResult();
        var answers = stream.RestAsync();
        await sending;

        Assert.That(runsBefore, Is.EqualTo(Limited));
        Assert.That(await answers, Has.Count.EqualTo(100));
    }

    [Test]
    public async Task ModelStreamInfer_ClientNeverReads_ServerStopsReading()
    {
        const int Bytes = 50_000;
        const int Limited = 4;
        var runs = 0;
        await using var server = await LoopbackServer.StartAsync(new StreamOptions { MaxInFlight = Limited }, TestModel.Identity("other", TensorType.UInt8), Identity with
        {
            Run = (inputs, context) =>
            {
                Interlocked.Increment(ref runs);
                return Identity.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        var sending = SendAsync(stream, 300, Bytes);
        Assert.That(() => server.Streams.InFlight, Is.EqualTo(Limited).After(30_000, 1));
        await PassTimeAsync(server);
        var (runsBefore, sentAll, inFlight) = (Volatile.Read(ref runs), sending.IsCompleted, server.Streams.InFlight);
        var answers = await stream.RestAsync();
        await sending;

        Assert.That((runsBefore, inFlight), Is.EqualTo((runsBefore, Limited)));
        Assert.That(runsBefore, Is.LessThanOrEqualTo(Limited + (Buffers / Bytes)));
        Assert.That(sentAll, Is.False, "flow control reaches the client");
        Assert.That(answers, Has.Count.EqualTo(300));
    }

    [Test]
    public async Task ModelStreamInfer_SlowReader_GetsEverything()
    {
        await using var server = await LoopbackServer.StartAsync(new StreamOptions { MaxInFlight = 8, MaxBytes = 100_000 }, Identity);
        using var stream = Open(server);
        var sending = SendAsync(stream, 200, bytes: 20_000);
        var ids = new List<string>();
        while (await stream.NextAsync() is { } answer)
        {
            ids.Add(answer.InferResponse.Id);
            await server.Client.ServerLiveAsync(new ServerLiveRequest());
        }

        await sending;
        Assert.That(ids, Is.EquivalentTo(Enumerable.Range(0, 200).Select(i => $"{i}")));
    }

    [Test]
    public async Task ModelStreamInfer_MessageLargerThanTheStreamMayHold_IsAnsweredAlone()
    {
        await using var server = await LoopbackServer.StartAsync(new StreamOptions { MaxBytes = 1000 }, Identity);
        using var stream = Open(server);
        var sending = SendAsync(stream, 10, bytes: 900_000);

        Assert.That((await stream.RestAsync()).Select(a => a.InferResponse.RawOutputContents[0].Length), Is.EqualTo(Enumerable.Repeat(900_000, 10)));
        await sending;
    }

    [Test]
    public async Task ModelStreamInfer_MoreThanTheBudgetOfAllRequests_WaitsAndIsAnswered()
    {
        const int Bytes = 900_000;
        const int Streams = 6;
        await using var server = await LoopbackServer.StartAsync(Identity with
        {
            Run = async (inputs, context) =>
            {
                await Task.Yield();
                return await Identity.Run(inputs, context);
            },
        });
        var counts = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            using var stream = Open(server);
            var sending = SendAsync(stream, 20, Bytes);
            var answers = await stream.RestAsync();
            await sending;
            return answers.Count(a => a.ErrorMessage.Length == 0);
        }));

        Assert.That(counts, Is.All.EqualTo(20));
        Assert.That(() => server.Service<RequestBudget>().Taken, Is.Zero.After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_ThousandIdleStreams_TakeNoThreads()
    {
        const int Count = 1000;
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var threadsBefore = Process.GetCurrentProcess().Threads.Count;
        var streams = Enumerable.Range(0, Count).Select(_ => new StreamClient(client.ModelStreamInfer())).ToList();
        foreach (var stream in streams)
            await stream.SendAsync(Request("a"));
        foreach (var stream in streams)
            Assert.That((await stream.NextAsync())!.ErrorMessage, Is.Empty);

        Assert.That(() => server.Streams, Is.EqualTo((0, Count)).After(30_000, 5));
        Assert.That(Process.GetCurrentProcess().Threads.Count - threadsBefore, Is.LessThan(100));
        var pending = ThreadPool.PendingWorkItemCount;
        foreach (var stream in streams)
            await stream.CompleteAsync();
        foreach (var stream in streams)
            Assert.That(await stream.NextAsync(), Is.Null);
        Assert.That(() => server.Streams.Open, Is.Zero.After(30_000, 5));
        Assert.That(pending, Is.LessThan(Count), "idle streams do no work");
        streams.ForEach(s => s.Dispose());
    }

    private static async Task SendAsync(StreamClient stream, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
            await stream.SendAsync(Sized($"{i}", "m", new byte[bytes]));
        await stream.CompleteAsync();
    }

    // Time by calls in place of sleeps: what could still be read meanwhile is read by then.
    private static async Task PassTimeAsync(LoopbackServer server)
    {
        for (var i = 0; i < 200; i++)
            await server.Client.ModelInferAsync(Request("t", model: "other"));
    }
}
