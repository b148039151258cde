using System.Globalization;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Clients;

/// <summary>Other languages' gRPC libraries: they lose no call when connections come to their age, and keep to the hint when to try again.</summary>
[TestFixture("python")]
[TestFixture("node")]
internal sealed class ClientLibraryTests(string language) : IDisposable
{
    private const int Callers = 6;
    private const int Many = 100;
    private const int Attempts = 3;
    private const double HintSeconds = 0.1;
    private readonly TemporaryRepository _models = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "identity_fp32").Copy(RepositoryPaths.TestModels, "slow");

    public void Dispose() => _models.Dispose();

    [Test]
    public async Task Age_ConnectionsAreReplacedUnderLoad_NoCallIsLost()
    {
        await using var server = await RunningServer.StartAsync(_models.Path, ("Server:ConnectionAgeSeconds", "0.3"), ("Server:ConnectionGraceSeconds", "20"));
        await using var callers = ForeignCallers.Start(language, Target(server.GrpcAddress), Callers);
        await callers.AnsweredAsync(Many);
        await Scrape.UntilAsync(async () => await AgedAsync(server) >= 10, "ten connections reach their age");
        await callers.AnsweredAsync(Many);

        Assert.That(await callers.StopAsync(), Is.Empty);
    }

    [Test]
    public async Task Refused_WithAHint_IsTriedAgainAfterIt()
    {
        await using var server = await RunningServer.StartAsync(_models.Path, ("Admission:MaxConcurrentRequests", "1"));
        await using var blockade = await Blockade.StartAsync(server, ["slow"], 1);
        await using var callers = ForeignCallers.Start(language, Target(server.GrpcAddress), callers: 1, ServiceConfigFile.Path);
        await Scrape.UntilAsync(async () => await RefusedAsync(server) > Attempts, "the first call has failed, the next was refused");
        await blockade.LiftAsync();
        await callers.AnsweredAsync(Many);
        var failures = await callers.StopAsync();

        Assert.Multiple(() =>
        {
            Assert.That(failures, Is.Not.Empty.And.All.Matches<ForeignCallers.Failure>(f => f?.Status == "RESOURCE_EXHAUSTED"));
            Assert.That(failures.Select(f => f.Seconds), Is.All.GreaterThan((Attempts - 1) * HintSeconds * 0.9), "the hint is waited for before each further attempt");
        });
        Assert.That(await RefusedAsync(server), Is.InRange(failures.Count * Attempts, (failures.Count * Attempts) + Attempts - 1));
    }

    internal static string Target(params Uri[] servers) => "ipv4:" + string.Join(',', servers.Select(s => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{s.Port}")));

    private static async Task<double> AgedAsync(RunningServer server) =>
        (await Scrape.SeriesAsync(server, "inference_connections_ended_total"))["inference_connections_ended_total{reason=\"age\"}"];

    private static async Task<double> RefusedAsync(RunningServer server) =>
        (await Scrape.SeriesAsync(server, "inference_refusals_total")).Where(s => s.Key.Contains("reason=\"concurrency\"", StringComparison.Ordinal)).Sum(s => s.Value);
}
