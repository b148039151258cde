using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>How the kernel schedules the threads of a real process.</summary>
[CancelAfter(120_000)]
internal sealed class PatientThreadsTests
{
    private const string Ordinary = "0";
    private const string Patient = "3";
    private const string Main = "dotnet";
    private const string Looking = "processor wait";
    private TemporaryRepository _models = null!;

    [SetUp]
    public void Prepare()
    {
        if (!File.Exists("/proc/self/schedstat"))
            Assert.Ignore("threads have policies, and their waits are counted, on Linux only, outside of some sandboxes.");
        _models = new TemporaryRepository();
        ScaleModel.Put(Path.Combine(_models.Path, "m", "1", "model.onnx"), ScaleModel.Bytes(2));
    }

    [TearDown]
    public void RemoveModels() => _models?.Dispose();

    [Test]
    public async Task Serve_ByDefault_ThreadsArePatientUnlessTheProcessorsAreCrowded()
    {
        await using var server = await ServerProcess.StartAsync(_models.Path);

        // Other tests may keep the processors busy, which the server sees and tells; the thread that looks is patient all the same.
        await Scrape.UntilAsync(
            async () => PolicyOf(server, Main) == (await CrowdedAsync(server) ? Ordinary : Patient) && PolicyOf(server, Looking) == Patient,
            "threads are what the metric says");
        Assert.That(server.Threads.Where(t => t.Name.StartsWith("infer ", StringComparison.Ordinal)).Select(t => t.Policy), Is.Not.Empty.And.None.EqualTo(Patient));
    }

    [TestCase("--Server:PatientThreads=false")]
    [TestCase("--Execution:Niceness=19", Description = "threads that compute would keep the processor from patient ones")]
    [TestCase("--Repository:LoadNiceness=0", Description = "and so would those that load")]
    public async Task Serve_NotMeant_ThreadsAreOrdinary(string option)
    {
        await using var server = await ServerProcess.StartAsync(_models.Path, option);
        Assert.That(server.Threads.Select(t => t.Policy), Has.None.EqualTo(Patient));
        Assert.That(server.Threads.Select(t => t.Name), Has.None.EqualTo(Looking));
    }

    private static string? PolicyOf(ServerProcess server, string name) => server.Threads.FirstOrDefault(t => t.Name == name).Policy;

    private static async Task<bool> CrowdedAsync(ServerProcess server) =>
        (await Scrape.SeriesAsync(server.Http, server.MetricsAddress, "inference_processors_crowded")).GetValueOrDefault("inference_processors_crowded") == 1;
}
