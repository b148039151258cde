using Inference.Adapters.Grpc.Tests.Server;
using Inference.Core.Configuration;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

/// <summary>Requests on a stream to a model that is loaded by the first of them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FirstRequestTests
{
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TestModel Large => TestModel.Identity("large", TensorType.UInt8) with { LoadGate = _gate.Task };

    [Test]
    public async Task ModelStreamInfer_ModelIsBeingLoaded_DoesNotHoldUpOthers()
    {
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions(), Identity, Large);
        using var stream = Open(server);
        await stream.SendAsync(Request("a", model: "large"));
        for (var i = 0; i < 100; i++)
            await stream.SendAsync(Request($"{i}"));

        var first = await stream.NextAsync(100);
        _gate.SetResult();
        var last = await stream.NextAsync();

        Assert.That(first.Select(a => a.ErrorMessage), Is.All.Empty);
        Assert.That(first.Select(a => a.InferResponse.Id), Is.EquivalentTo(Enumerable.Range(0, 100).Select(i => $"{i}")));
        Assert.That((last!.InferResponse.Id, last.ErrorMessage), Is.EqualTo(("a", string.Empty)));
    }

    [Test]
    public async Task ModelStreamInfer_PreserveOrdering_KeepsTheOrderOfThoseThatWaitedForTheLoadAndThoseAfterIt()
    {
        const int Count = 200;
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions { MaxInFlight = 2 * Count }, Identity, Large with { Batching = new BatchingOptions { Enabled = false, PreserveOrdering = true } });
        using var stream = Open(server);
        for (var i = 0; i < Count; i++)
        {
            await stream.SendAsync(Request($"{i}", (byte)i, "large"));
            if (i == Count / 2)
                _gate.SetResult();
        }

        var answers = await stream.NextAsync(Count);

        Assert.That(answers.Select(a => a.InferResponse.Id), Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(answers.Select(a => a.InferResponse.RawOutputContents[0][0]), Is.EqualTo(Enumerable.Range(0, Count).Select(i => (byte)i)));
    }

    [Test]
    public async Task ModelStreamInfer_MoreWaitThanMayBeUnderWay_AreReadWhenThereIsRoom()
    {
        const int Limited = 5;
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions { MaxInFlight = Limited }, Identity, Large);
        using var stream = Open(server);
        for (var i = 0; i < Limited; i++)
            await stream.SendAsync(Request($"{i}", model: "large"));
        await stream.SendAsync(Request("behind"));
        Assert.That(() => server.Streams.InFlight, Is.EqualTo(Limited).After(30_000, 1));
        var next = stream.NextAsync();
        using (var other = Open(server))
        {
            // On a stream of its own it is answered, however long that takes; so it would have been on the first one.
            await other.SendAsync(Request("other"));
            await other.NextAsync();
        }

        Assert.That((next.IsCompleted, server.Streams.InFlight), Is.EqualTo((false, Limited)));
        _gate.SetResult();
        List<string> ids = [(await next)!.InferResponse.Id, .. (await stream.NextAsync(Limited)).Select(a => a.InferResponse.Id)];

        Assert.That(ids, Is.EquivalentTo(Enumerable.Range(0, Limited).Select(i => $"{i}").Append("behind")));
    }

    [Test]
    public async Task ModelStreamInfer_Decoupled_AnswersEveryPieceOfEachRequest()
    {
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions { MaxInFlight = 2 }, Identity, Large with { IsDecoupled = true });
        using var stream = Open(server);
        byte[] pieces = [.. Enumerable.Range(0, 50).Select(i => (byte)i)];
        await stream.SendAsync(Sized("a", "large", pieces));
        await stream.SendAsync(Sized("b", "large", pieces));
        _gate.SetResult();

        var answers = await stream.NextAsync(2 * pieces.Length);

        foreach (var id in new[] { "a", "b" })
            Assert.That(answers.Where(a => a.InferResponse.Id == id).Select(a => a.InferResponse.RawOutputContents[0].Single()), Is.EqualTo(pieces), id);
    }

    [Test]
    public async Task ModelStreamInfer_LoadFails_EveryRequestGetsTheReasonAndTheStreamGoesOn()
    {
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions(), Identity, Large with { LoadProblem = "it is damaged." });
        using var stream = Open(server);
        for (var i = 0; i < 10; i++)
            await stream.SendAsync(Request($"{i}", model: "large"));
        _gate.SetResult();

        var answers = await stream.NextAsync(10);
        await stream.SendAsync(Request("after"));

        Assert.That(answers.Select(a => a.ErrorMessage), Is.All.Contains("it is damaged."));
        Assert.That(answers.Select(a => a.InferResponse.Id), Is.EquivalentTo(Enumerable.Range(0, 10).Select(i => $"{i}")));
        Assert.That((await stream.NextAsync())!.InferResponse.Id, Is.EqualTo("after"));
    }

    [Test]
    public async Task ModelStreamInfer_HalfCloseAndSameIdWhileLoading_AllAreAnsweredAndTheSecondOfTheIdIsRefused()
    {
        // Many, since the first of an id may well have its answer when the second goes on.
        var ids = Enumerable.Range(0, 100).Select(i => $"{i}").ToList();
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions { MaxInFlight = 2 * ids.Count }, Identity, Large);
        using var stream = Open(server);
        foreach (var id in ids.Concat(ids))
            await stream.SendAsync(Request(id, model: "large"));
        await stream.CompleteAsync();
        Assert.That(() => server.Streams.InFlight, Is.EqualTo(2 * ids.Count).After(30_000, 1));
        _gate.SetResult();

        var answers = await stream.RestAsync();

        Assert.That(answers.Where(a => a.ErrorMessage.Length == 0).Select(a => a.InferResponse.Id), Is.EquivalentTo(ids));
        Assert.That(answers.Count(a => a.ErrorMessage.Contains("under way on this stream", StringComparison.Ordinal)), Is.EqualTo(ids.Count));
    }

    [Test]
    public async Task ModelStreamInfer_ClientGoesWhileLoading_NothingIsLeft()
    {
        await using var server = await LoopbackServer.StartLazyAsync(new StreamOptions(), Identity, Large);
        using (var stream = Open(server))
        {
            for (var i = 0; i < 20; i++)
                await stream.SendAsync(Sized($"{i}", "large", new byte[10_000]));
            Assert.That(() => server.Streams.InFlight, Is.EqualTo(20).After(30_000, 1));
        }

        Assert.That(() => server.Streams, Is.EqualTo((0, 0)).After(30_000, 5), "before the load has ended");
        _gate.SetResult();
    }
}
