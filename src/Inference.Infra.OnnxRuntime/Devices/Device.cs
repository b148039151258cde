namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>One device in use: its threads, shared by all pipelines on it.</summary>
internal sealed class Device : IDisposable
{
    public Device(string name, int threads, bool runsInline, TimeProvider time, int niceness = 0)
    {
        Name = name;
        RunsInline = runsInline;
        Workers = new DeviceWorkers(name, threads, time, niceness: niceness);
    }

    /// <summary>Such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Name { get; }

    /// <summary>Short runs may take the caller's thread: true for the CPU, where that thread does the work instead of waiting for it.</summary>
    public bool RunsInline { get; }

    public DeviceWorkers Workers { get; }

    public void Dispose() => Workers.Dispose();
}
