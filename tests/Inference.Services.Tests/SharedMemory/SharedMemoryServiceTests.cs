using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Services.SharedMemory;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Services.Tests.SharedMemory;

internal sealed class SharedMemoryServiceTests
{
    private readonly RecordingMetrics _metrics = new();

    [Test]
    public void Unregister_RegionInUse_IsUnknownAtOnceAndMappedUntilItsLastUse()
    {
        using var service = Service(new SharedMemoryOptions { Enabled = true });
        service.Register("r", "/k", 0, 100);
        var range = service.Take(new SharedLocation("r", 10), "input 'x'");
        service.Unregister(RegionKind.System, "r");
        Assert.Multiple(() =>
        {
            Assert.That(() => service.Take(new SharedLocation("r", 10), "input 'x'"), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionNotFound));
            Assert.That((service.MappedBytes, _metrics.MappedBytes, _metrics.Regions), Is.EqualTo((100, 100, 0)));
        });
        range.Release();
        Assert.That((service.MappedBytes, _metrics.MappedBytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Register_NameOfARegionThatIsStillUsed_IsANewRegion()
    {
        using var service = Service(new SharedMemoryOptions { Enabled = true });
        service.Register("r", "/old", 0, 100);
        var range = service.Take(new SharedLocation("r", 10), "input 'x'");
        service.Unregister(RegionKind.System, "r");
        service.Register("r", "/new", 0, 50);
        range.Release();
        Assert.That(service.Status(RegionKind.System, "r").Single().Key, Is.EqualTo("/new"));
        Assert.That(service.MappedBytes, Is.EqualTo(50));
    }

    [Test]
    public void Register_RegionsStillUsed_CountAgainstTheLimitOfBytes()
    {
        using var service = Service(new SharedMemoryOptions { Enabled = true, MaxBytes = 150 });
        service.Register("r", "/k", 0, 100);
        var range = service.Take(new SharedLocation("r", 10), "input 'x'");
        service.Unregister(RegionKind.System, string.Empty);
        Assert.That(() => service.Register("s", "/k", 0, 51), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Overloaded));
        range.Release();
        service.Register("s", "/k", 0, 150);
    }

    [Test]
    public void ReportLost_OneRegionTwice_CountsItOnce()
    {
        using var service = Service(new SharedMemoryOptions { Enabled = true });
        service.Register("r", "/k", 0, 100);
        var range = service.Take(new SharedLocation("r", 10), "input 'x'");
        service.ReportLost(range.Region);
        service.ReportLost(range.Region);
        range.Release();
        Assert.That(_metrics.LostRegions, Is.EqualTo(1));
    }

    [Test]
    public void Dispose_RegionsOfClients_LetsThemGo()
    {
        var service = Service(new SharedMemoryOptions { Enabled = true });
        service.Register("r", "/k", 0, 100);
        service.Register("s", "/k", 0, 100);
        service.Dispose();
        Assert.That((_metrics.Regions, _metrics.MappedBytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public void EveryCall_SwitchedOff_NamesTheOptionAndCudaItsReason()
    {
        using var service = Service(new SharedMemoryOptions());
        Action[] calls =
        [
            () => service.Register("r", "/k", 0, 1), () => service.Unregister(RegionKind.System, "r"),
            () => service.Status(RegionKind.System, string.Empty), () => service.Take(new SharedLocation("r", 1), "input 'x'"),
        ];
        foreach (var call in calls)
            Assert.That(call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.NotSupported).And.Message.Contains("Inference:SharedMemory:Enabled=true"));
        Assert.That(() => service.Register("r", new byte[64], 0, 1), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.NotSupported).And.Message.Contains("no device"));
        Assert.That((service.IsAvailable(RegionKind.System), service.IsAvailable(RegionKind.Cuda)), Is.EqualTo((false, false)));
    }

    private SharedMemoryService Service(SharedMemoryOptions options) => new(options, new FakeObjects(), new NoCuda(), _metrics, NullLogger<SharedMemoryService>.Instance);
}
