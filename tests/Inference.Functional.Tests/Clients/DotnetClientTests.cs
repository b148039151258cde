using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Proxies;
using Inference.Functional.Tests.Scheduling;
using Inference.Functional.Tests.Tls;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Inference.Functional.Tests.Clients;

/// <summary>grpc-dotnet with the service configuration that users are shown: it balances over replicas and tries again.</summary>
internal sealed class DotnetClientTests : IDisposable
{
    private const int Many = 25;
    private const int Attempts = 3;
    private static readonly TimeSpan Hint = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryRepository _models = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "identity_fp32").Copy(RepositoryPaths.TestModels, "slow");

    public void Dispose() => _models.Dispose();

    // Nothing tells the library that a replica goes but refused connections, and its attempts may all meet one before it believes it.
    [Test, Retry(3)]
    public async Task Replicas_OneDrainedAndOneKilledUnderLoad_OnlyCallsUnderWayOnTheKilledMayFail()
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ServerProcess.StartAsync(_models.Path, "--Shutdown:GraceSeconds=0")));
        try
        {
            using var channel = Open([.. replicas.Select(r => r.GrpcAddress)]);
            await using var callers = new Callers([.. Enumerable.Repeat(channel.Inference(), 6)]);
            foreach (var replica in replicas)
                await Scrape.UntilAsync(async () => await AnsweredAsync(replica) > Many, "every replica has answered");

            replicas[0].Signal(ServerProcess.Terminate);
            Assert.That(await replicas[0].WaitForExitAsync(Limit), Is.Zero, replicas[0].Output);
            await callers.AnsweredAsync(Many);
            Assert.That(callers.Failures, Is.Empty, "calls lost while a replica was drained");
            replicas[1].Signal(ServerProcess.KillNow);
            await replicas[1].WaitForExitAsync(Limit);
            await callers.AnsweredAsync(Many);

            // What had begun to be answered there cannot be asked again.
            Assert.That(callers.Failures.Select(f => f.Status), Is.All.EqualTo(StatusCode.Unavailable));
            Assert.That(callers.Failures.GroupBy(f => f.Caller).Select(g => g.Count()), Is.All.EqualTo(1));
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    [Test]
    public async Task Refused_WithAHint_IsTriedAgainAfterIt()
    {
        await using var server = await RunningServer.StartAsync(_models.Path, ("Admission:MaxConcurrentRequests", "1"));
        await using var blockade = await Blockade.StartAsync(server, ["slow"], 1);
        using var channel = Open([server.GrpcAddress]);
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2);
        var begun = TimeProvider.System.GetTimestamp();

        var error = (await Assert.ThrowsAsync<RpcException>(async () => await channel.Inference().ModelInferAsync(request)))!;

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(TimeProvider.System.GetElapsedTime(begun), Is.GreaterThan((Attempts - 1) * Hint * 0.9), "the hint is waited for before each further attempt");
        Assert.That(await RefusedAsync(server), Is.EqualTo(Attempts));

        await blockade.LiftAsync();
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(server, "inference_requests_in_flight")).Values.Single() == 0, "there is room");
        Assert.That((await channel.Inference().ModelInferAsync(request)).Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
    }

    // Client-side balancing as over a headless Service, whose name gives the addresses of all pods.
    private static GrpcChannel Open(params Uri[] servers) => GrpcChannel.ForAddress("static:///replicas", new GrpcChannelOptions
    {
        Credentials = ChannelCredentials.Insecure,
        ServiceConfig = ServiceConfigFile.Read(),
        ServiceProvider = new ServiceCollection()
            .AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => servers.Select(s => new BalancerAddress(s.Host, s.Port))))
            .BuildServiceProvider(),
    });

    private static async Task<double> AnsweredAsync(ServerProcess replica)
    {
        const string series = "inference_requests_total{model=\"identity_fp32\",version=\"1\",code=\"ok\"} ";
        var page = await replica.Http.GetStringAsync(new Uri(replica.MetricsAddress, "/metrics"));
        return page.Split('\n').Where(l => l.StartsWith(series, StringComparison.Ordinal)).Sum(l => double.Parse(l.AsSpan(series.Length), System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task<double> RefusedAsync(RunningServer server) =>
        (await Scrape.SeriesAsync(server, "inference_refusals_total")).Where(s => s.Key.Contains("reason=\"concurrency\"", StringComparison.Ordinal)).Sum(s => s.Value);
}
