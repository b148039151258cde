namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>The largest inputs that one lane ran of late. One thread at a time notes; another may take.</summary>
internal sealed class RunSizes
{
    private long _largest;

    /// <summary>A run of so many bytes of inputs begins.</summary>
    public void Note(long bytes)
    {
        // A run without inputs needs memory too.
        bytes = Math.Max(bytes, 1);
        if (bytes > Volatile.Read(ref _largest))
            Volatile.Write(ref _largest, bytes);
    }

    /// <summary>The largest since the last call; 0 for no run.</summary>
    public long Take() => Interlocked.Exchange(ref _largest, 0);
}
