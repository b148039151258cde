using System.Diagnostics;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// Models that are loaded again, added, taken away and spoiled under clients that never pause: no call may be lost, or answered by
/// a content that was replaced before it began.
/// </summary>
[Category("Soak")]
internal sealed class ReloadSoakTests : LifecycleFixture
{
    private const int Reloads = 40;
    private const long MostManagedGrowth = 32L << 20;
    private readonly ReloadOperations _operations;

    public ReloadSoakTests()
    {
        _operations = new ReloadOperations(Models);
        _operations.Prepare();
    }

    protected override (string Key, string Value)[] Settings => [("Repository:PollSeconds", "1"), ("Repository:SettleMilliseconds", "20")];

    [Test]
    public async Task Server_ModelsChangeUnderLoad_LosesNoCallAndAnswersNoneByWhatWasReplaced()
    {
        await using var clients = ReloadClients.Start(Server.GrpcAddress);
        var early = Memory();
        await _operations.RunAsync(Server.Client, clients, Reloads, () => ExpectErrorLog(ReloadClients.Changing), () => early = Memory());

        await clients.StopAsync();
        var late = Memory();
        await TestContext.Out.WriteLineAsync($"{Reloads} reloads, {_operations.Exchanges} exchanges of versions; {clients.Tally}; memory after a quarter {early}, at the end {late}");
        Assert.Multiple(() =>
        {
            Assert.That(clients.Tally.Faults, Is.Empty);
            Assert.That(clients.Tally["unary"], Is.GreaterThan(Reloads));
            Assert.That(clients.Tally["stream"], Is.GreaterThan(Reloads));
            Assert.That(late.Managed - early.Managed, Is.LessThan(MostManagedGrowth), "managed memory");
        });
    }

    private static (long Managed, long WorkingSet) Memory()
    {
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }
}
