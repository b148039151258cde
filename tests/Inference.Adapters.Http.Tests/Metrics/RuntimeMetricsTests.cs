namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class RuntimeMetricsTests
{
    [Test]
    public async Task Scrape_Always_HasProcessAndRuntime()
    {
        using var page = new MetricsPage();

        var text = await page.ReadAsync();

        Assert.Multiple(() =>
        {
            foreach (var name in new[]
                     {
                         "process_cpu_seconds_total", "process_working_set_bytes", "process_start_time_seconds", "dotnet_collection_count_total",
                         "dotnet_gc_pause_seconds_total", "dotnet_gc_allocated_bytes_total", "dotnet_gc_heap_size_bytes", "dotnet_thread_pool_threads",
                         "dotnet_thread_pool_queue_length", "dotnet_lock_contentions_total", "inference_memory_limit_bytes",
                     })
            {
                Assert.That(text, Does.Match($@"(?m)^{name}(\{{.*\}})? [0-9]"));
            }
        });
    }

    [Test]
    public async Task TensorPool_BuffersOutAndBack_AreTold()
    {
        using var page = new MetricsPage();
        var first = page.Pool.Rent(100);
        page.Pool.Rent(200).Release();

        var text = await page.ReadAsync();
        first.Release();

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_tensor_pool_rented_buffers 1\n"));
            Assert.That(text, Does.Contain("inference_tensor_pool_retained_bytes 256\n"));
        });
    }
}
