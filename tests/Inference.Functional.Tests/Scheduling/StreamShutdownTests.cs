using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>A real process with open streams that gets a real SIGTERM.</summary>
internal sealed class StreamShutdownTests
{
    private const int Streams = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Sigterm_OpenStreams_AnswersWhatWasReadThenUnavailableAndExitsWithZero()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0", "--Shutdown:DrainSeconds=30");
        var clients = Enumerable.Range(0, Streams).Select(_ => new Client(server)).ToList();
        await Task.WhenAll(clients.Select(c => c.UnderWay)).WaitAsync(Limit);

        server.Signal(ServerProcess.Terminate);
        var outcomes = await Task.WhenAll(clients.Select(c => c.Task)).WaitAsync(Limit);

        var exitCode = await server.WaitForExitAsync(Limit);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero, server.Output);
            Assert.That(outcomes.Select(o => o.Status), Is.All.EqualTo(StatusCode.Unavailable));
            Assert.That(outcomes.Select(o => o.Fault), Is.All.Null);
        });
    }

    [Test]
    public async Task Sigterm_IdleStreams_EndAtOnce()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0", "--Shutdown:DrainSeconds=30");
        using var stream = server.Client.ModelStreamInfer();
        await stream.RequestStream.WriteAsync(Request("only"));
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
        var start = TimeProvider.System.GetTimestamp();

        server.Signal(ServerProcess.Terminate);

        var error = (await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(CancellationToken.None)))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unavailable), error.Status.Detail);
        Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(15)), "well before the drain time is over");
    }

    private static ModelInferRequest Request(string id)
    {
        var request = Blockade.Slow("slow", 2000);
        request.Id = id;
        return request;
    }

    // Sends requests until the stream is over. Those that are answered must be the first ones: the server reads in order, and
    // answers all that it has read.
    private sealed class Client
    {
        private const int MostUnderWay = 10;
        private const int MostRequests = 100_000;
        private readonly ServerProcess _server;
        private readonly TaskCompletionSource _underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Client(ServerProcess server)
        {
            _server = server;
            Task = RunAsync();
        }

        public Task UnderWay => _underWay.Task;

        public Task<(StatusCode Status, string? Fault)> Task { get; }

        private async Task<(StatusCode Status, string? Fault)> RunAsync()
        {
            using var stream = _server.Client.ModelStreamInfer();
            using var room = new SemaphoreSlim(MostUnderWay);
            using var over = new CancellationTokenSource();
            var answered = new HashSet<int>();
            string? fault = null;
            var sending = SendAsync(stream.RequestStream, room, over.Token);
            var status = StatusCode.OK;
            try
            {
                while (await stream.ResponseStream.MoveNext(CancellationToken.None))
                {
                    var answer = stream.ResponseStream.Current;
                    if (answer.ErrorMessage.Length > 0 || !answered.Add(int.Parse(answer.InferResponse.Id, CultureInfo.InvariantCulture)))
                        fault = $"id {answer.InferResponse.Id}: '{answer.ErrorMessage}', or answered twice";
                    room.Release();
                    if (answered.Count == MostUnderWay)
                        _underWay.TrySetResult();
                }
            }
            catch (RpcException e)
            {
                status = e.StatusCode;
                _underWay.TrySetException(e);
            }

            await over.CancelAsync();
            await sending;
            return (status, fault ?? (answered.Count == answered.Max() + 1 ? null : $"answered {answered.Count}, the last being {answered.Max()}"));
        }

        private static async Task SendAsync(IClientStreamWriter<ModelInferRequest> requests, SemaphoreSlim room, CancellationToken over)
        {
            try
            {
                for (var i = 0; i < MostRequests; i++)
                {
                    await room.WaitAsync(over);
                    await requests.WriteAsync(Request(i.ToString(CultureInfo.InvariantCulture)), over);
                }
            }
            catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException)
            {
                // The stream is over; how it ended is seen where answers are read.
            }
        }
    }
}
