namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// Which contents of a model an answer may come from: those from the last one that was seen to serve to the last one that
/// was written. Thread-safe.
/// </summary>
internal sealed class ContentClock(int first)
{
    private int _written = first;
    private int _serving = first;

    /// <summary>The oldest content that a request which begins now may get.</summary>
    public int Oldest => Volatile.Read(ref _serving);

    /// <summary>About to be written.</summary>
    public void Writing(int content) => Volatile.Write(ref _written, content);

    /// <summary>Seen in an answer: no later request may get an earlier one.</summary>
    public void Serves(int content) => Volatile.Write(ref _serving, content);

    /// <summary>What is wrong with an answer; null where nothing is.</summary>
    /// <param name="oldest">What <see cref="Oldest"/> was when the request began.</param>
    /// <param name="content">What the answer came from.</param>
    public string? Fault(int oldest, float content)
    {
        var newest = Volatile.Read(ref _written);
        return content >= oldest && content <= newest && content == MathF.Floor(content) ? null : $"answered by content {content}; expected one from {oldest} to {newest}";
    }
}
