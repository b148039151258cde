using System.Net;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Proxies;

/// <summary>That a proxy which looks at health sends nothing more to a replica that says it is not ready, although it still serves.</summary>
[TestFixtureSource(nameof(Checking))]
internal sealed class HealthCheckTests(ProxyKind kind) : ProxyFixture(kind)
{
    private const int Many = 25;
    private const string Answered = "inference_requests_total{model=\"identity_fp32\",version=\"1\",code=\"ok\"}";

    // nginx looks at no health by itself.
    private static IEnumerable<ProxyKind> Checking => ProxyKind.All.Where(k => k.Program == "haproxy");

    protected override int ReplicaCount => 2;

    // Long enough to be still in it at the end of the test.
    protected override string[] Arguments => ["--Shutdown:GraceSeconds=120"];

    [Test]
    public async Task Replica_ThatIsNotReadyButServes_GetsNoMoreCalls()
    {
        var (leaving, staying) = (Replicas[0], Replicas[1]);
        await using var callers = new Callers([Client, Client, Client, Client]);
        foreach (var replica in Replicas)
            await Scrape.UntilAsync(async () => await ValueAsync(replica, Answered) > Many, "both have answered");

        leaving.Signal(ServerProcess.Terminate);
        await Scrape.UntilAsync(async () => await leaving.GetAsync("/readyz") == HttpStatusCode.ServiceUnavailable, "one is not ready");

        // The proxy looks once a second.
        await Scrape.UntilAsync(
            async () =>
            {
                var before = await ValueAsync(leaving, Answered);
                await callers.AnsweredAsync(Many);
                return await ValueAsync(leaving, Answered) == before;
            },
            "it gets no more calls");
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(callers.Failures, Is.Empty);
            Assert.That(await ValueAsync(staying, Answered), Is.GreaterThan(Many));
            Assert.That(await leaving.GetAsync("/livez"), Is.EqualTo(HttpStatusCode.OK));
        });
    }
}
