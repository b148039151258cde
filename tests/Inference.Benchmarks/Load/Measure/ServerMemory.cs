using System.Diagnostics;

namespace Inference.Benchmarks.Load.Measure;

/// <summary>Resident memory of the server's process, in MiB.</summary>
internal sealed class ServerMemory : IDisposable
{
    private readonly Process process;

    private ServerMemory(Process process) => this.process = process;

    /// <summary>Memory now.</summary>
    public double Now
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Of the process that the option --server-pid names.</summary>
    /// <exception cref="LoadException">The option is missing, or there is no such process.</exception>
    public static ServerMemory From(Arguments arguments)
    {
        var id = arguments.Integer("--server-pid", 0, 0, int.MaxValue);
        try
        {
            return id > 0 ? new(Process.GetProcessById(id)) : throw new LoadException("Option --server-pid is required: the memory of that process is measured.");
        }
        catch (ArgumentException)
        {
            throw new LoadException($"Option --server-pid is '{id}', and no such process runs here.");
        }
    }

    public void Dispose() => process.Dispose();
}
