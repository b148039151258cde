using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using Inference.Functional.Tests.Tls;
using NUnit.Framework;

namespace Inference.Functional.Tests.Proxies;

/// <summary>Three replicas behind a proxy, of which two go.</summary>
[TestFixtureSource(typeof(ProxyKind), nameof(ProxyKind.All))]
internal sealed class LossTests(ProxyKind kind) : ProxyFixture(kind)
{
    private const int Many = 25;
    private const string Answered = "inference_requests_total{model=\"identity_fp32\",version=\"1\",code=\"ok\"}";

    private static readonly ServiceConfig Retrying = new()
    {
        MethodConfigs =
        {
            new MethodConfig
            {
                Names = { MethodName.Default },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 4,
                    InitialBackoff = TimeSpan.FromMilliseconds(50),
                    MaxBackoff = TimeSpan.FromSeconds(1),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };

    protected override int ReplicaCount => 3;

    protected override string[] Arguments => ["--Shutdown:GraceSeconds=3"];

    [Test]
    public async Task Replicas_OneDrainedAndOneKilledUnderLoad_OnlyCallsInFlightOnTheKilledFail()
    {
        using var retrying = Open(Retrying);
        using var second = Open();
        GRPCInferenceService.GRPCInferenceServiceClient[] clients = [Client, Client, Client, second.Inference(), second.Inference(), second.Inference(), retrying.Inference()];
        await using var callers = new Callers(clients);
        foreach (var replica in Replicas)
            await Scrape.UntilAsync(async () => await ValueAsync(replica, Answered) > Many, "every replica has answered");

        var (drained, killed, left) = (Replicas[0], Replicas[1], Replicas[2]);
        drained.Signal(ServerProcess.Terminate);
        Assert.That(await drained.WaitForExitAsync(Limit), Is.Zero, drained.Output);
        await callers.AnsweredAsync(Many);
        Assert.That(callers.Failures, Is.Empty, "calls lost while a replica was drained");

        // Calls without end on both, so that some are under way on the one that is killed.
        await using var slow = await SlowAsync(killed);
        killed.Signal(ServerProcess.KillNow);
        await killed.WaitForExitAsync(Limit);
        var dead = TimeProvider.System.GetTimestamp();
        await callers.AnsweredAsync(Many);
        await Scrape.UntilAsync(async () => slow.Ended + await SlowOnAsync(left) == slow.Count, "calls without end have failed, or run on the replica that is left");

        Assert.Multiple(() =>
        {
            foreach (var failure in callers.Failures)
            {
                Assert.That(failure.Status, Is.EqualTo(StatusCode.Unavailable), failure.ToString());
                Assert.That(failure.Begun, Is.LessThan(dead), $"{failure} began when the replica was gone");
                Assert.That(failure.Caller, Is.LessThan(clients.Length - 1), $"{failure} was not tried again");
            }

            Assert.That(callers.Failures.GroupBy(f => f.Caller).Select(g => g.Count()), Is.All.EqualTo(1), "one call of a caller was under way: " + string.Join('\n', callers.Failures));
            Assert.That(slow.Failures, Is.All.EqualTo(StatusCode.Unavailable));
        });
    }

    private async Task<SlowCalls> SlowAsync(ServerProcess victim)
    {
        const int most = 16;
        var slow = new SlowCalls(Client);
        while (await SlowOnAsync(victim) == 0 && slow.Count < most)
        {
            slow.Begin();
            await Scrape.UntilAsync(async () => await SlowOnAsync(victim) + await SlowOnAsync(Replicas[2]) == slow.Count, "one more call without end");
        }

        Assert.That(await SlowOnAsync(victim), Is.GreaterThan(0));
        return slow;
    }

    private static async Task<double> SlowOnAsync(ServerProcess replica)
    {
        const string slow = "{model=\"slow\",version=\"1\"}";
        return await ValueAsync(replica, $"inference_runs_in_flight{slow}") + await ValueAsync(replica, $"inference_queue_requests{slow}");
    }

    private sealed class SlowCalls(GRPCInferenceService.GRPCInferenceServiceClient client) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly List<Task<ModelInferResponse>> _calls = [];

        public int Count => _calls.Count;

        public int Ended => _calls.Count(c => c.IsCompleted);

        public IEnumerable<StatusCode> Failures => _calls.Where(c => c.IsFaulted).Select(c => ((RpcException)c.Exception!.InnerException!).StatusCode);

        public void Begin() => _calls.Add(client.ModelInferAsync(Blockade.Slow("slow", 100_000_000), cancellationToken: _end.Token).ResponseAsync);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            foreach (var call in _calls)
                await call.ContinueWith(c => c.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _end.Dispose();
        }
    }
}
