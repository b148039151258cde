using Grpc.Core;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

/// <summary>Streams that end in the middle; that no buffer and no byte is lost is checked by the server's disposal.</summary>
internal sealed class StreamEndTests
{
    private const int UnderWay = 20;
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);
    private readonly CountdownEvent _running = new(UnderWay);
    private readonly CountdownEvent _cancelled = new(UnderWay);
    private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [SetUp]
    public void Reset()
    {
        _running.Reset();
        _cancelled.Reset();
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _running.Dispose();
        _cancelled.Dispose();
    }

    [Test]
    public async Task ModelStreamInfer_ClientCancels_EveryRequestIsCancelled()
    {
        await using var server = await LoopbackServer.StartAsync(Endless());
        using var cancel = new CancellationTokenSource();
        using var stream = await StartedAsync(server, Open(server, cancellation: cancel.Token));

        await cancel.CancelAsync();

        Assert.That(_cancelled.Wait(Limit));
        Assert.That(() => (server.Streams, server.Lifecycle.Answers, server.Lifecycle.InFlight), Is.EqualTo(((0, 0), 0, 0)).After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_ConnectionBreaks_EveryRequestIsCancelled()
    {
        await using var server = await LoopbackServer.StartAsync(Endless());
        using var stream = await StartedAsync(server, Open(server));

        server.Channel.Dispose();

        Assert.That(_cancelled.Wait(Limit));
        Assert.That(() => (server.Streams, server.Lifecycle.Answers, server.Lifecycle.InFlight), Is.EqualTo(((0, 0), 0, 0)).After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_DeadlineOfTheCall_EndsEveryRequestAndTheStream()
    {
        await using var server = await LoopbackServer.StartAsync(Endless());
        using var stream = Open(server, deadline: DateTime.UtcNow.AddSeconds(3));
        await StartedAsync(server, stream);

        Assert.That((await stream.EndAsync()).StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
        Assert.That(_cancelled.Wait(Limit));
        Assert.That(() => server.Streams, Is.EqualTo((0, 0)).After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_Draining_EndsAnIdleStreamAfterWhatWasRead()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        await stream.SendAsync(Request("a"));
        var answer = await stream.NextAsync();

        server.Lifecycle.Advance(ServerPhase.Grace);
        await stream.SendAsync(Request("b"));
        var inGrace = await stream.NextAsync();
        server.Lifecycle.Advance(ServerPhase.Draining);
        var end = await stream.EndAsync();

        Assert.That((answer!.InferResponse.Id, inGrace!.InferResponse.Id, end.StatusCode), Is.EqualTo(("a", "b", StatusCode.Unavailable)));
        Assert.That(end.Status.Detail, Does.Contain("the server is stopping").And.Contain("what has no answer"));
    }

    [Test]
    public async Task ModelStreamInfer_DrainingWhileModelsRun_AnswersThemBeforeTheEnd()
    {
        await using var server = await LoopbackServer.StartAsync(Identity with
        {
            Run = async (inputs, context) =>
            {
                _running.Signal();
                await _finish.Task;
                return await Identity.Run(inputs, context);
            },
        });
        using var stream = await StartedAsync(server, Open(server));

        server.Lifecycle.Advance(ServerPhase.Draining);
        var idle = server.Lifecycle.WaitUntilIdleAsync(CancellationToken.None);
        var idleBefore = idle.IsCompleted;
        _finish.SetResult();
        var answers = await stream.NextAsync(UnderWay);
        var end = await stream.EndAsync();
        await idle.WaitAsync(Limit);

        Assert.That(answers.Select(a => a.ErrorMessage), Is.All.Empty);
        Assert.That((idleBefore, end.StatusCode), Is.EqualTo((false, StatusCode.Unavailable)));
    }

    [Test]
    public async Task ModelStreamInfer_CutOff_EndsEverything()
    {
        await using var server = await LoopbackServer.StartAsync(Endless());
        using var stream = await StartedAsync(server, Open(server));

        server.Lifecycle.Advance(ServerPhase.Draining);
        server.Lifecycle.CutOffAfter(TimeSpan.Zero);

        Assert.That(_cancelled.Wait(Limit));
        await stream.EndAsync();
        Assert.That(() => (server.Streams, server.Lifecycle.Answers), Is.EqualTo(((0, 0), 0)).After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_ClientsLeaveAtAnyMoment_NothingIsLost()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        await Parallel.ForAsync(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(200 * i));
            using var stream = Open(server, cancellation: cancel.Token);
            try
            {
                for (var n = 0; n < 200; n++)
                    await stream.SendAsync(Sized($"{n}", "m", new byte[5000]));
                await stream.RestAsync();
            }
            catch (Exception e) when (e is RpcException { StatusCode: StatusCode.Cancelled } or OperationCanceledException)
            {
            }
            catch (RpcException e) when (cancel.IsCancellationRequested && e is { StatusCode: StatusCode.Unavailable, Status.DebugException: IOException { InnerException: null } })
            {
                // The client's own end of the call, seen before it was told why; had the server reset the stream, its reset would be inside.
            }
        });

        Assert.That(() => (server.Streams, server.Lifecycle.Answers), Is.EqualTo(((0, 0), 0)).After(30_000, 5));
    }

    // Never ends by itself.
    private TestModel Endless() => Identity with
    {
        Run = async (_, context) =>
        {
            _running.Signal();
            try
            {
                await Task.Delay(Timeout.Infinite, context.Cancellation);
            }
            finally
            {
                _cancelled.Signal();
            }

            return [];
        },
    };

    private async Task<StreamClient> StartedAsync(LoopbackServer server, StreamClient stream)
    {
        for (var i = 0; i < UnderWay; i++)
            await stream.SendAsync(Request($"{i}"));
        Assert.That(_running.Wait(Limit));
        Assert.That(server.Streams, Is.EqualTo((UnderWay, 1)));
        return stream;
    }
}
