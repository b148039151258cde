using System.Diagnostics.Tracing;
using System.Globalization;

namespace Inference.Functional.Tests.Loads;

/// <summary>
/// Counts what this process allocates on the large object heap. The runtime tells of it whenever another 100 kB have come
/// together, so that no more than that is missed.
/// </summary>
internal sealed class LargeObjects : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Collector = (EventKeywords)1;
    private const string Tick = "GCAllocationTick";
    private const uint Large = 1;
    private long _bytes;

    /// <summary>Bytes so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, Collector);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith(Tick, StringComparison.Ordinal) is not true)
            return;
        if (Convert.ToUInt32(Of(eventData, "AllocationKind"), CultureInfo.InvariantCulture) == Large)
            Interlocked.Add(ref _bytes, Convert.ToInt64(Of(eventData, "AllocationAmount64"), CultureInfo.InvariantCulture));
    }

    private static object? Of(EventWrittenEventArgs written, string name) => written.Payload![written.PayloadNames!.IndexOf(name)];
}
