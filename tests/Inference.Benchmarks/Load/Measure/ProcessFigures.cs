using System.Diagnostics;

namespace Inference.Benchmarks.Load.Measure;

/// <summary>Processor time and memory of this process and, where its id is given, of the server.</summary>
internal sealed class ProcessFigures(int? serverId)
{
    private readonly Dictionary<string, Process> processes = Find(serverId);
    private readonly Dictionary<string, TimeSpan> before = [];

    /// <summary>Counts processor time from now on.</summary>
    public void Start()
    {
        foreach (var (name, process) in processes)
        {
            process.Refresh();
            before[name] = process.TotalProcessorTime;
        }
    }

    /// <summary>Adds processor seconds since the start, memory now, and the most memory that the process ever had.</summary>
    public void AddTo(Report report)
    {
        foreach (var (name, process) in processes)
        {
            process.Refresh();
            report.Add($"{name}_cpu_s", (process.TotalProcessorTime - before[name]).TotalSeconds);
            report.Add($"{name}_mib", Mebibytes(process.WorkingSet64));
            report.Add($"{name}_peak_mib", Mebibytes(process.PeakWorkingSet64));
        }
    }

    /// <summary>The option --server-pid.</summary>
    public static ProcessFigures From(Arguments arguments)
    {
        var id = arguments.Integer("--server-pid", 0, 0, int.MaxValue);
        try
        {
            return new(id == 0 ? null : id);
        }
        catch (ArgumentException)
        {
            throw new LoadException($"Option --server-pid is '{id}', and no such process runs here.");
        }
    }

    private static Dictionary<string, Process> Find(int? serverId)
    {
        var found = new Dictionary<string, Process> { ["client"] = Process.GetCurrentProcess() };
        if (serverId is { } id)
            found["server"] = Process.GetProcessById(id);
        return found;
    }

    private static double Mebibytes(long bytes) => bytes / 1048576.0;
}
