using Inference.Infra.OnnxRuntime.Hosting;

namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>The devices in use, each made by the first pipeline that runs on it. Thread-safe.</summary>
internal sealed class DeviceTable(OnnxRuntimeSettings settings, TimeProvider time) : IDisposable
{
    public const string Cpu = "cpu";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Device> _devices = new(StringComparer.Ordinal);
    private bool _disposed;

    /// <summary>The device of that name.</summary>
    public Device Get(string name)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_devices.TryGetValue(name, out var device))
                return device;
            var isCpu = name == Cpu;
            var threads = isCpu ? OnnxRuntimeEnvironment.Threads(settings.WorkerThreads) : Math.Max(1, settings.CudaWorkerThreads);
            return _devices[name] = new Device(name, threads, isCpu, time, isCpu ? settings.Niceness : 0);
        }
    }

    public void Dispose()
    {
        List<Device> devices;
        lock (_gate)
        {
            _disposed = true;
            devices = [.. _devices.Values];
            _devices.Clear();
        }

        foreach (var device in devices)
            device.Dispose();
    }
}
