using System.Collections.Concurrent;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Infra.OnnxRuntime.Artefacts;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.Execution;
using Inference.Infra.OnnxRuntime.Hosting;
using Inference.Infra.OnnxRuntime.Memory;
using Inference.Infra.OnnxRuntime.Sessions;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.OnnxRuntime;

/// <summary>
/// Opens ONNX models with ONNX Runtime. Owns the threads that run them: dispose of it after the pools that it made.
/// Thread-safe.
/// </summary>
public sealed class OnnxModelRuntime : IModelRuntime, IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MemoryKeeper? _keeper;
    private readonly DeviceTable _devices;
    private readonly SessionLoader _loader;
    private readonly ConcurrentDictionary<string, bool> _fallbacksTold = new(StringComparer.Ordinal);

    /// <summary>Creates it, and ONNX Runtime's environment where the process has none yet.</summary>
    /// <param name="settings">Threads.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="keeper">Gives memory of sessions back that they no longer need; null for nobody. Stays the caller's.</param>
    public OnnxModelRuntime(OnnxRuntimeSettings settings, TimeProvider time, ILogger<OnnxModelRuntime> logger, MemoryKeeper? keeper = null)
    {
        _keeper = keeper;
        _time = time;
        _logger = logger;
        _devices = new DeviceTable(settings, time);
        _loader = new SessionLoader(OnnxRuntimeEnvironment.Open(settings, logger));
    }

    /// <inheritdoc/>
    public OpenedArtefact Open(string artefactPath, ExecutionOptions options, string label)
    {
        var started = _time.GetTimestamp();
        var header = OnnxHeaderReader.Read(artefactPath, label);
        var loaded = _loader.Open(artefactPath, options, header.HasFixedInputs, label);
        try
        {
            var spec = SpecReader.Read(loaded.Session, header, label);
            if (options.Contract is { } contract)
                spec = ContractCheck.Apply(contract, spec);
            var device = _devices.Get(loaded.DeviceName);
            var info = new ExecutorInfo(device.Name, options.Lanes) { Fallback = loaded.Fallback };
            var pool = CreatePool(loaded, spec, info, options, device, label, header);
            TellFallback(info, label);
            RuntimeLog.Loaded(_logger, label, device.Name, options.Lanes, _time.GetElapsedTime(started).TotalMilliseconds);
            return new OpenedArtefact(spec, pool);
        }
        catch
        {
            loaded.Session.Dispose();
            throw;
        }
    }

    /// <summary>Ends the devices' threads once they finished what was posted.</summary>
    public void Dispose() => _devices.Dispose();

    private LanePool CreatePool(LoadedSession loaded, ModelSpec spec, ExecutorInfo info, ExecutionOptions options, Device device, string label, OnnxHeader header)
    {
        var memory = new SessionMemory(loaded.Session, header.Operators, header.Weights, loaded.CudaIndex);
        var handle = new SessionHandle(loaded.Session, _keeper?.Watch(loaded.CudaIndex is null ? new SessionArena(loaded.Session, spec) : null));
        Func<Lane> createLane = loaded.CudaIndex is { } index
            ? () => new CudaLane(handle, spec, label, index)
            : () => new CpuLane(handle, spec, label);
        return new LanePool(info, options.Weight, device, createLane, () => Release(handle, memory)) { Memory = memory.Read };
    }

    private static void Release(SessionHandle handle, SessionMemory memory)
    {
        memory.Dispose();
        handle.Release();
    }

    private void TellFallback(ExecutorInfo info, string label)
    {
        if (info.Fallback is { } reason && _fallbacksTold.TryAdd(reason, true))
            RuntimeLog.Fallback(_logger, info.Device, label, reason);
    }
}
