using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Inference.Infra.Processors;

/// <summary>How long one thread has waited for a processor, as the kernel counts it. Used by that thread alone.</summary>
internal sealed class ProcessorWaits : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly byte[] _text = new byte[128];
    private long _last;

    private ProcessorWaits(SafeFileHandle file)
    {
        _file = file;
        _last = Total() ?? 0;
    }

    /// <summary>Begins with the thread that calls; null where the system does not count it.</summary>
    public static ProcessorWaits? Open()
    {
        try
        {
            // Three numbers: nanoseconds on a processor, nanoseconds of waiting for one, turns.
            var waits = new ProcessorWaits(File.OpenHandle("/proc/thread-self/schedstat"));
            if (waits.Total() is not null)
                return waits;
            waits.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or a sandbox without it.
        }

        return null;
    }

    /// <summary>What the thread has waited since this was last asked; zero where the system does not tell any more.</summary>
    public TimeSpan Next()
    {
        var total = Total() ?? _last;
        var waited = total - _last;
        _last = total;
        return TimeSpan.FromTicks(waited / TimeSpan.NanosecondsPerTick);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private long? Total()
    {
        var length = RandomAccess.Read(_file, _text, 0);
        var text = Encoding.ASCII.GetString(_text, 0, length).Split(' ');
        return text.Length > 1 && long.TryParse(text[1], NumberStyles.None, CultureInfo.InvariantCulture, out var waited) ? waited : null;
    }
}
