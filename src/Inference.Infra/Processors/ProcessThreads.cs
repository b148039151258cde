using System.Globalization;
using Inference.Core.Threads;

namespace Inference.Infra.Processors;

/// <summary>The threads of this process that the kernel schedules like any other.</summary>
internal static class ProcessThreads
{
    private const string Folder = "/proc/self/task";

    /// <summary>Gives them a policy. Threads that somebody has made idle or nicer than the process keep what they have.</summary>
    /// <param name="policy">Ordinary or patient.</param>
    /// <returns>False where the system does not do that.</returns>
    public static bool TrySet(ThreadPolicy policy)
    {
        if (!Directory.Exists(Folder) || ThreadScheduling.Of(Environment.ProcessId) is not { } process)
            return false;
        foreach (var path in Directory.EnumerateDirectories(Folder))
        {
            // One that is gone by now has none.
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var thread) || ThreadScheduling.Of(thread) is not { } now)
                continue;
            if (now.Policy is ThreadPolicy.Ordinary or ThreadPolicy.Patient && now.Policy != policy && now.Niceness == process.Niceness)
                _ = (now with { Policy = policy, Slice = TimeSpan.Zero }).TrySet(thread);
        }

        return ThreadScheduling.Of(Environment.ProcessId)?.Policy == policy;
    }
}
