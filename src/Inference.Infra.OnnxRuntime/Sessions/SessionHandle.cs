using Inference.Infra.OnnxRuntime.Memory;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>
/// A session with a reference count: the executor holds one reference, every output that is still in use another. The last
/// one to go disposes of the session. Thread-safe.
/// </summary>
internal sealed class SessionHandle(InferenceSession session, SessionWatch? watch = null)
{
    private int _references = 1;

    public InferenceSession Session { get; } = session;

    /// <summary>True once the session is disposed of.</summary>
    public bool IsClosed => Volatile.Read(ref _references) == 0;

    /// <summary>Takes one more reference; only for holders of one.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Close();
    }

    /// <summary>For one more lane to note its runs in; null where nobody looks.</summary>
    public RunSizes? AddLane() => watch?.AddLane();

    private void Close()
    {
        watch?.Closing();
        Session.Dispose();
        watch?.Closed();
    }
}
