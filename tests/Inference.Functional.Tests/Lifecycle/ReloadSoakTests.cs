using System.Diagnostics;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// Models that are loaded again, added, taken away and spoiled under clients that never pause: no call may be lost, or answered by
/// a content that was replaced before it began.
/// </summary>
[Category("Soak")]
internal sealed class ReloadSoakTests : LifecycleFixture
{
    private const int CorruptEvery = 10;
    private const int VersionsEvery = 4;
    private const long MostManagedGrowth = 32L << 20;

    public ReloadSoakTests()
    {
        Put(ReloadClients.Changing, 1, 1);
        Put(ReloadClients.Versioned, 1, 1);
        Models.Write($"{ReloadClients.Versioned}/model.yaml", "routing: { default: latest }");
    }

    protected override (string Key, string Value)[] Settings => [("Repository:PollSeconds", "1"), ("Repository:SettleMilliseconds", "20")];

    [TestCase(40)]
    [TestCase(200, Explicit = true, Reason = "takes minutes; for figures")]
    public async Task Server_ModelsChangeUnderLoad_LosesNoCallAndAnswersNoneByWhatWasReplaced(int reloads)
    {
        await using var clients = ReloadClients.Start(Server);
        var content = (int)await AnswerAsync(ReloadClients.Changing, "1");
        var version = 1;
        var early = Memory();
        for (var reload = 1; reload <= reloads; reload++)
        {
            if (reload % CorruptEvery == 0)
                await SpoilAsync();
            content = await ReloadAsync(clients, content + 1);
            if (reload % VersionsEvery == 0)
                version = await ExchangeVersionsAsync(clients, version);
            if (reload == reloads / 4)
                early = Memory();
        }

        await clients.StopAsync();
        var late = Memory();
        await TestContext.Out.WriteLineAsync($"{reloads} reloads, {version - 1} exchanges of versions; {clients.Tally}; memory after a quarter {early}, at the end {late}");
        Assert.Multiple(() =>
        {
            Assert.That(clients.Tally.Faults, Is.Empty);
            Assert.That(clients.Tally["unary"], Is.GreaterThan(reloads));
            Assert.That(clients.Tally["stream"], Is.GreaterThan(reloads));
            Assert.That(late.Managed - early.Managed, Is.LessThan(MostManagedGrowth), "managed memory");
        });
    }

    private static (long Managed, long WorkingSet) Memory()
    {
        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }

    private void Put(string model, int version, int factor) => ScaleModel.Put(Artefact(model, version), ScaleModel.Bytes(factor));

    private string Artefact(string model, int version) => Path.Combine(Models.Path, model, FormattableString.Invariant($"{version}"), "model.onnx");

    private async Task<int> ReloadAsync(ReloadClients clients, int content)
    {
        clients.Content.Writing(content);
        Put(ReloadClients.Changing, 1, content);
        await Eventually(async () => await AnswerAsync(ReloadClients.Changing, "1") == content, $"content {content} serves");
        clients.Content.Serves(content);
        return content;
    }

    // The earlier content serves on, and the index tells why.
    private async Task SpoilAsync()
    {
        ScaleModel.Put(Artefact(ReloadClients.Changing, 1), "no model at all"u8.ToArray());
        await UntilAsync(ReloadClients.Changing, "1 READY serves its earlier content", isBeginning: true);
        ExpectErrorLog(ReloadClients.Changing);
    }

    // The next version is added, and the earlier one taken away when requests have moved on.
    private async Task<int> ExchangeVersionsAsync(ReloadClients clients, int version)
    {
        var next = version + 1;
        clients.Version.Writing(next);
        Put(ReloadClients.Versioned, next, next);
        await Eventually(async () => await AnswerAsync(ReloadClients.Versioned, string.Empty) == next, $"version {next} serves");
        clients.Version.Serves(next);
        Directory.Delete(Path.Combine(Models.Path, ReloadClients.Versioned, FormattableString.Invariant($"{version}")), recursive: true);
        await UntilAsync(ReloadClients.Versioned, $"{next} READY");
        return next;
    }

    private async Task<float> AnswerAsync(string model, string version) =>
        (await Server.Client.ModelInferAsync(Requests.For(model, version).Floats("x", [1, 2], 1f, 1f))).Floats("y")[0];

    private static Task Eventually(Func<Task<bool>> holds, string what) => Scheduling.Scrape.UntilAsync(holds, what);
}
