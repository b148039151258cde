using System.Collections.Concurrent;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Queue, batches and runs of one pipeline. Series appear when there is first something to tell, and their children are kept
/// from then on. Where two threads look one up at first, they get the same one.
/// </summary>
internal sealed class SchedulingMetrics(SchedulingFamilies families, string model, string version)
{
    private readonly ConcurrentDictionary<string, Counter.Child> _refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Place, string Cause), Counter.Child> _stops = new();
    private Histogram.Child? _rows;
    private Histogram.Child? _requests;
    private Histogram.Child? _predicted;
    private Histogram.Child? _actual;
    private Counter.Child? _ok;
    private Counter.Child? _failed;

    public void RunCompleted(long rows, int requests, bool succeeded)
    {
        (_rows ??= families.BatchRows.WithLabels(model, version)).Observe(rows);
        (_requests ??= families.BatchRequests.WithLabels(model, version)).Observe(requests);
        if (succeeded)
            (_ok ??= families.Runs.WithLabels(model, version, "ok")).Inc();
        else
            (_failed ??= families.Runs.WithLabels(model, version, "failed")).Inc();
    }

    public void Refused(string reason) =>
        _refusals.GetOrAdd(reason, static (reason, own) => own.Families.Refusals.WithLabels(own.Model, own.Version, reason), (Families: families, Model: model, Version: version)).Inc();

    public void Stopped(string place, string cause) =>
        _stops.GetOrAdd((place, cause), static (key, own) => own.Families.Stops.WithLabels(own.Model, own.Version, key.Place, key.Cause), (Families: families, Model: model, Version: version)).Inc();

    public void Waited(double predicted, double actual)
    {
        (_predicted ??= families.PredictedWait.WithLabels(model, version)).Observe(predicted);
        (_actual ??= families.ActualWait.WithLabels(model, version)).Observe(actual);
    }
}
