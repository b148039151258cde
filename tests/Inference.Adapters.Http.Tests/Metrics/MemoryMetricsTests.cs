using System.Text;
using Inference.Adapters.Http.Metrics;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class MemoryMetricsTests
{
    [Test]
    public async Task Scrape_LibraryTells_HasAllOfTheReading()
    {
        var text = await ScrapeAsync(new NativeMemoryReading(5, 6, 7, 8));

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_native_heap_used_bytes 5\n"));
            Assert.That(text, Does.Contain("inference_native_heap_free_bytes 6\n"));
            Assert.That(text, Does.Contain("inference_arena_returned_bytes_total 7\n"));
            Assert.That(text, Does.Contain("inference_native_heap_trims_total 8\n"));
        });
    }

    [Test]
    public async Task Scrape_LibraryTellsNothing_HasNoHeap()
    {
        var text = await ScrapeAsync(new NativeMemoryReading(null, null, 7, 0));

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Not.Contain("inference_native_heap_used_bytes").And.Not.Contain("inference_native_heap_free_bytes"));
            Assert.That(text, Does.Contain("inference_arena_returned_bytes_total 7\n"));
        });
    }

    private static async Task<string> ScrapeAsync(NativeMemoryReading reading)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        MemoryMetrics.Register(registry, new Memory(reading));
        using var page = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(page);
        return Encoding.UTF8.GetString(page.ToArray());
    }

    private sealed class Memory(NativeMemoryReading reading) : INativeMemory
    {
        public NativeMemoryReading Read() => reading;
    }
}
