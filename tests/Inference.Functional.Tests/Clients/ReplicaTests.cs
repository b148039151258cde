using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Clients;

/// <summary>Other languages' gRPC libraries with the service configuration that users are shown, over replicas of which one goes.</summary>
[TestFixture("python")]
[TestFixture("node")]
internal sealed class ReplicaTests(string language) : IDisposable
{
    private const int Callers = 6;
    private const int Many = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryRepository _models = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "identity_fp32");

    public void Dispose() => _models.Dispose();

    [Test]
    public Task Replicas_OneDrainedUnderLoad_NoCallIsLost() => LoseAsync(ServerProcess.Terminate, failures => Assert.That(failures, Is.Empty));

    // What had begun to be answered there cannot be asked again.
    [Test]
    public Task Replicas_OneKilledUnderLoad_NoMoreThanWhatWasUnderWayThereIsLost() => LoseAsync(ServerProcess.KillNow, failures =>
    {
        Assert.That(failures.Select(f => f.Status), Is.All.EqualTo("UNAVAILABLE"));
        Assert.That(failures, Has.Count.LessThanOrEqualTo(Callers));
    });

    private async Task LoseAsync(int signal, Action<IReadOnlyList<ForeignCallers.Failure>> check)
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ServerProcess.StartAsync(_models.Path, "--Shutdown:GraceSeconds=0")));
        try
        {
            await using var callers = ForeignCallers.Start(language, ClientLibraryTests.Target([.. replicas.Select(r => r.GrpcAddress)]), Callers, ServiceConfigFile.Path);
            await callers.AnsweredAsync(Many);
            replicas[0].Signal(signal);
            await replicas[0].WaitForExitAsync(Limit);
            await callers.AnsweredAsync(Many);

            check(await callers.StopAsync());
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }
}
