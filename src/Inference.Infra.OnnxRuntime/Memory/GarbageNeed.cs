namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// Decides when to collect what the program itself left behind while a model was loaded, run and unloaded. A server that is little
/// used may allocate tens of MiB before the garbage collector sees a reason to look, each of them on pages that were not used
/// before; one that is busy collects by itself, and is left alone. Not thread-safe.
/// </summary>
internal sealed class GarbageNeed
{
    /// <summary>Requests stand still for some milliseconds, so it must be for so many bytes.</summary>
    internal const long Worth = 2 << 20;

    /// <summary>And no sooner than that after the last time.</summary>
    internal static readonly TimeSpan LeastBetween = TimeSpan.FromSeconds(10);

    private int _collections;
    private long _allocated;
    private TimeSpan? _last;

    /// <summary>A model has gone.</summary>
    /// <param name="collections">How often garbage was collected since the start.</param>
    /// <param name="allocated">Bytes that were allocated since the start.</param>
    /// <param name="now">Time since some moment.</param>
    /// <returns>True where garbage is to be collected now.</returns>
    public bool Next(int collections, long allocated, TimeSpan now)
    {
        if (collections != _collections)
        {
            (_collections, _allocated) = (collections, allocated);
            return false;
        }

        if (allocated - _allocated < Worth || (_last is { } last && now - last < LeastBetween))
            return false;
        (_collections, _allocated, _last) = (collections + 1, allocated, now);
        return true;
    }
}
