using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Process and .NET runtime at each scrape. Read from the runtime's own counters, which it keeps anyway: event listeners
/// would cost all the time.
/// </summary>
internal static class RuntimeMetrics
{
    public static void Register(CollectorRegistry registry, IMetricFactory factory)
    {
        DotNetStats.Register(registry);
        var pauses = factory.CreateCounter("dotnet_gc_pause_seconds_total", "Time for which garbage collection has stopped the process.");
        var allocated = factory.CreateCounter("dotnet_gc_allocated_bytes_total", "Bytes allocated on the garbage-collected heap.");
        var committed = factory.CreateGauge("dotnet_gc_committed_bytes", "Memory that the garbage collector held after the last collection.");
        var heap = factory.CreateGauge("dotnet_gc_heap_size_bytes", "Size of the garbage-collected heap after the last collection.");
        var fragmented = factory.CreateGauge("dotnet_gc_fragmented_bytes", "Unused gaps in the garbage-collected heap after the last collection.");
        var limit = factory.CreateGauge("dotnet_gc_available_memory_bytes", "Memory that the heap of the garbage collector may have: the machine's, or three quarters of a container's limit where nothing else is said.");
        var most = factory.CreateGauge("inference_memory_limit_bytes", "Memory that the process may use before the system ends it: the machine's or the container's limit.");
        var threads = factory.CreateGauge("dotnet_thread_pool_threads", "Threads of the thread pool.");
        var queue = factory.CreateGauge("dotnet_thread_pool_queue_length", "Work items that wait for a thread of the pool.");
        var completed = factory.CreateCounter("dotnet_thread_pool_completed_items_total", "Work items that the thread pool has completed.");
        var contentions = factory.CreateCounter("dotnet_lock_contentions_total", "Times that a thread had to wait for a lock.");
        registry.AddBeforeCollectCallback(() =>
        {
            var memory = GC.GetGCMemoryInfo(GCKind.Any);
            pauses.IncTo(GC.GetTotalPauseDuration().TotalSeconds);
            allocated.IncTo(GC.GetTotalAllocatedBytes());
            committed.Set(memory.TotalCommittedBytes);
            heap.Set(memory.HeapSizeBytes);
            fragmented.Set(memory.FragmentedBytes);
            limit.Set(memory.TotalAvailableMemoryBytes);
            most.Set(MemoryLimit.Read() ?? memory.TotalAvailableMemoryBytes);
            threads.Set(ThreadPool.ThreadCount);
            queue.Set(ThreadPool.PendingWorkItemCount);
            completed.IncTo(ThreadPool.CompletedWorkItemCount);
            contentions.IncTo(Monitor.LockContentionCount);
        });
    }
}
