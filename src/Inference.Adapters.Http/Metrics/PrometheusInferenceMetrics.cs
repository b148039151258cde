using System.Collections.Concurrent;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Writes what the server counts and times to a Prometheus registry of its own, so that one process can hold several.
/// Thread-safe. Label children are looked up once for each pipeline; series of stages and codes appear when they first occur,
/// which keeps the number of series small with many pipelines.
/// </summary>
public sealed class PrometheusInferenceMetrics : IInferenceMetrics
{
    private readonly PipelineFamilies _families;
    private readonly SchedulingFamilies _scheduling;
    private readonly SchedulingMetrics _server;
    private readonly QueueGauges _queues;
    private readonly StreamMetrics _streams;
    private readonly SharedMemoryMetrics _sharedMemory;
    private readonly StateSet<PipelineLabels> _states;
    private readonly GoneSeries<PipelineLabels> _gone;
    private readonly ConcurrentDictionary<PipelineLabels, string> _devices = new();

    /// <summary>Creates the metrics of one server.</summary>
    /// <param name="lifecycle">Its phase is told at each scrape.</param>
    /// <param name="pool">Its use is told at each scrape.</param>
    /// <param name="time">Clock.</param>
    public PrometheusInferenceMetrics(ServerLifecycle lifecycle, TensorPool pool, TimeProvider time)
    {
        _gone = new GoneSeries<PipelineLabels>(time);
        var factory = Prometheus.Metrics.WithCustomRegistry(Registry);

        // Exemplars would be looked up on the current activity at each observation.
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _families = new PipelineFamilies(factory);
        _scheduling = new SchedulingFamilies(factory);
        _server = new SchedulingMetrics(_scheduling, string.Empty, string.Empty);
        _queues = new QueueGauges(_scheduling);
        _streams = new StreamMetrics(factory);
        _sharedMemory = new SharedMemoryMetrics(factory);
        _states = new StateSet<PipelineLabels>(
            factory.CreateGauge("inference_pipeline_state", "State of the pipeline: 1 for the one it is in, 0 for the others.", ["model", "version", "state"]),
            Enum.GetNames<PipelineState>(),
            (key, state) => [key.Model, key.Version, state]);
        ServerGauges.Register(Registry, factory, lifecycle, pool);
        RuntimeMetrics.Register(Registry, factory);

        // From the start, so that the first failure is an increase and not a new series, which no rate sees.
        foreach (var succeeded in new[] { true, false })
            Looks(succeeded).Publish();

        // In this order, which callbacks of their own do not have.
        Registry.AddBeforeCollectCallback(() =>
        {
            _gone.Sweep(Drop);
            _states.Publish();
        });
        Registry.AddBeforeCollectCallback(_queues.Publish);
    }

    /// <summary>What the metrics are collected from.</summary>
    internal CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <inheritdoc/>
    public IPipelineMetrics ForPipeline(string model, string version, string device)
    {
        var key = new PipelineLabels(model, version);
        if (_devices.TryGetValue(key, out var earlier) && earlier != device)
            _families.Device.RemoveLabelled(model, version, earlier);
        _devices[key] = device;
        _families.Device.WithLabels(model, version, device).Set(1);
        return new PipelineMetrics(_families, new SchedulingMetrics(_scheduling, model, version), _queues, model, version);
    }

    /// <inheritdoc/>
    public void RequestRejected(string model, string code) => _families.Requests.WithLabels(model, string.Empty, code).Inc();

    /// <inheritdoc/>
    public void RequestRefused(string reason) => _server.Refused(reason);

    /// <inheritdoc/>
    public void PipelineStateChanged(string model, string version, string state)
    {
        var key = new PipelineLabels(model, version);
        if (state is nameof(PipelineState.Dormant) or nameof(PipelineState.Unloaded))
            _gone.Add(key);
        else
            _gone.Remove(key);
        _states.Change(key, state);
    }

    /// <inheritdoc/>
    public void PipelineOutdated(string model, string version, bool isOutdated) => _families.Outdated.WithLabels(model, version).Set(isOutdated ? 1 : 0);

    /// <inheritdoc/>
    public void PipelineRemoved(string model, string version)
    {
        var key = new PipelineLabels(model, version);
        _gone.Remove(key);
        Drop(new HashSet<PipelineLabels> { key });
    }

    /// <inheritdoc/>
    public void RepositoryLooked(bool succeeded) => Looks(succeeded).Inc();

    /// <inheritdoc/>
    public void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded)
    {
        _families.Loads.WithLabels(model, version, succeeded ? "ok" : "failed").Inc();
        _families.LoadDuration.WithLabels(model, version).Set(duration.TotalSeconds);
    }

    /// <inheritdoc/>
    public void InFlightChanged(int change) => _families.InFlight.Inc(change);

    /// <inheritdoc/>
    public void StreamOpened() => _streams.Open.Inc();

    /// <inheritdoc/>
    public void StreamClosed() => _streams.Open.Dec();

    /// <inheritdoc/>
    public void StreamInFlightChanged(int change) => _streams.InFlight.Inc(change);

    /// <inheritdoc/>
    public void FirstResponse(TimeSpan elapsed) => _streams.FirstResponse.Observe(elapsed.TotalSeconds);

    /// <inheritdoc/>
    public void SharedMemoryChanged(int regions, long bytes)
    {
        _sharedMemory.Regions.Inc(regions);
        _sharedMemory.MappedBytes.Inc(bytes);
    }

    /// <inheritdoc/>
    public void SharedMemoryLost() => _sharedMemory.Lost.Inc();

    private void Drop(IReadOnlySet<PipelineLabels> pipelines)
    {
        foreach (var key in pipelines)
        {
            _states.Remove(key);
            _devices.TryRemove(key, out _);
        }

        _families.Remove(pipelines);
        _scheduling.Remove(pipelines);
    }

    private Counter.Child Looks(bool succeeded) => _families.Looks.WithLabels(succeeded ? "ok" : "failed");
}
