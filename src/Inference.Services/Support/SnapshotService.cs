using System.Diagnostics;
using System.Runtime.InteropServices;
using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;
using Inference.Services.Settings;

namespace Inference.Services.Support;

/// <summary>Takes snapshots of the server. Thread-safe; takes no lock that requests take.</summary>
public sealed class SnapshotService
{
    private readonly InferenceOptions _options;
    private readonly ServerVersion _version;
    private readonly ServerLifecycle _lifecycle;
    private readonly PipelineRegistry _registry;
    private readonly IDeviceTelemetry _devices;
    private readonly TraceSettingService _traces;
    private readonly LogSettingService _log;
    private readonly TimeProvider _time;

    /// <summary>Creates the service.</summary>
    public SnapshotService(
        InferenceOptions options,
        ServerVersion version,
        ServerLifecycle lifecycle,
        PipelineRegistry registry,
        IDeviceTelemetry devices,
        TraceSettingService traces,
        LogSettingService log,
        TimeProvider time)
    {
        _options = options;
        _version = version;
        _lifecycle = lifecycle;
        _registry = registry;
        _devices = devices;
        _traces = traces;
        _log = log;
        _time = time;
    }

    /// <summary>The server now.</summary>
    public ServerSnapshot Take() => new(
        _time.GetUtcNow(),
        new ServerState(_version.Text, _lifecycle.Phase.ToString(), _lifecycle.InFlight, _lifecycle.Answers),
        OfProcess(),
        new PoolState(TensorPool.Shared.Rented, TensorPool.Shared.RetainedBytes, TensorPool.Shared.MaxRetainedBytes),
        [.. _registry.Models.Select(m => new ModelState(m.Name, m.Problem, [.. m.Versions.Select(Of)]))],
        _devices.Read(),
        Settings(),
        EffectiveConfiguration.Of(_options));

    private static ProcessState OfProcess()
    {
        using var process = Process.GetCurrentProcess();
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        return new ProcessState(
            process.StartTime.ToUniversalTime(),
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.OSDescription,
            Environment.ProcessorCount,
            process.TotalProcessorTime.TotalSeconds,
            process.WorkingSet64,
            memory.HeapSizeBytes,
            MemoryLimit.Read() ?? memory.TotalAvailableMemoryBytes,
            ThreadPool.ThreadCount,
            ThreadPool.PendingWorkItemCount);
    }

    private static VersionState Of(PipelineEntry entry)
    {
        var (state, reason) = entry.Snapshot;
        return new VersionState(entry.Key.VersionText, state.ToString(), reason.Length > 0 ? reason : entry.Remark, ExecutorOf(entry));
    }

    private static ExecutorState? ExecutorOf(PipelineEntry entry)
    {
        if (entry.Pipeline?.Model.Executor is not { } executor)
            return null;
        var (info, load) = (executor.Info, executor.Load);
        return new ExecutorState(
            info.Device,
            info.Fallback,
            info.Lanes,
            load.Running,
            info.Batching.Enabled ? info.Batching.MaxRows : 1,
            load.Requests,
            load.Rows,
            load.Bytes,
            load.Blocked,
            (entry.Attachment as PipelineObserver)?.RecentWait.Ratio ?? 0);
    }

    private Dictionary<string, object> Settings()
    {
        var settings = new Dictionary<string, object>(_log.Read());
        foreach (var (key, value) in _traces.Read(string.Empty))
            settings[key] = value;
        return settings;
    }
}

/// <summary>Version of the program.</summary>
/// <param name="Text">Such as <c>1.2.3</c>.</param>
public sealed record ServerVersion(string Text);
