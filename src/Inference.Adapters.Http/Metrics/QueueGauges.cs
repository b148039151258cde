using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// What waits in the queues, read at each scrape. A pipeline appears when something waits at a scrape for the first time,
/// and goes when it is not watched any more. Thread-safe.
/// </summary>
internal sealed class QueueGauges(SchedulingFamilies families)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Watch> _watches = [];

    /// <summary>Reads this queue too, until what is returned is disposed of.</summary>
    public IDisposable Add(string model, string version, Func<QueueDepth> read)
    {
        var watch = new Watch(this, model, version, read);
        lock (_lock)
            _watches.Add(watch);
        return watch;
    }

    /// <summary>Writes what waits now.</summary>
    public void Publish()
    {
        // Under the lock, so that no series comes back after its pipeline has gone.
        lock (_lock)
        {
            foreach (var watch in _watches)
                watch.Publish(families);
        }
    }

    private void Remove(Watch watch)
    {
        lock (_lock)
        {
            // After a reload the newer one may have the same names.
            if (_watches.Remove(watch) && !_watches.Any(w => w.Model == watch.Model && w.Version == watch.Version))
                watch.Unpublish(families);
        }
    }

    private sealed class Watch(QueueGauges owner, string model, string version, Func<QueueDepth> read) : IDisposable
    {
        private bool _isPublished;

        public string Model => model;

        public string Version => version;

        public void Publish(SchedulingFamilies families)
        {
            var depth = read();
            if (!_isPublished && depth == default)
                return;
            _isPublished = true;
            families.QueueRequests.WithLabels(model, version).Set(depth.Requests);
            families.QueueRows.WithLabels(model, version).Set(depth.Rows);
            families.QueueBytes.WithLabels(model, version).Set(depth.Bytes);
            families.QueueBlocked.WithLabels(model, version).Set(depth.Blocked);
            families.RunsInFlight.WithLabels(model, version).Set(depth.Running);
            families.Saturation.WithLabels(model, version).Set(depth.Saturation);
        }

        public void Unpublish(SchedulingFamilies families)
        {
            families.QueueRequests.RemoveLabelled(model, version);
            families.QueueRows.RemoveLabelled(model, version);
            families.QueueBytes.RemoveLabelled(model, version);
            families.QueueBlocked.RemoveLabelled(model, version);
            families.RunsInFlight.RemoveLabelled(model, version);
            families.Saturation.RemoveLabelled(model, version);
        }

        public void Dispose() => owner.Remove(this);
    }
}
