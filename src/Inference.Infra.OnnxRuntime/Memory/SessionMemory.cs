using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// What a session takes, in bytes: what its allocators have from the system, which is the weights as the runtime keeps them and what
/// runs needed so far; and the runtime's and our own structures for its operators, which no allocator counts, by a rule that was
/// found by measuring. Thread-safe.
/// </summary>
internal sealed class SessionMemory : IDisposable
{
    // Found with models of 1 to 200 operators (SessionMemoryTests holds it against what the C library has given out).
    private const long EachSession = 100 << 10;
    private const long EachOperator = 3 << 10;

    private readonly Lock _gate = new();
    private readonly List<(OrtMemoryInfo? Info, OrtAllocator Allocator)> _allocators = [];
    private readonly long _structures;
    private readonly long _weights;
    private bool _isClosed;

    /// <summary>Begins to measure a session; to be disposed of before it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="operators">Operators of its graph.</param>
    /// <param name="weights">Bytes of weights in the artefact: what is told where an allocator does not count.</param>
    /// <param name="cuda">Index of its device; null on the CPU.</param>
    public SessionMemory(InferenceSession session, int operators, long weights, int? cuda)
    {
        _structures = EachSession + (EachOperator * operators);
        _weights = weights;
        _allocators.Add((null, new OrtAllocator(session, OrtMemoryInfo.DefaultInstance)));
        if (cuda is { } index)
        {
            var device = new OrtMemoryInfo("Cuda", OrtAllocatorType.DeviceAllocator, index, OrtMemType.Default);
            _allocators.Add((device, new OrtAllocator(session, device)));
        }
    }

    /// <summary>Bytes now.</summary>
    public long Read()
    {
        lock (_gate)
        {
            if (_isClosed)
                return 0;
            long bytes = 0;
            foreach (var (_, allocator) in _allocators)
                bytes += AllocatorStatistics.Read(allocator).Total;
            return (bytes > 0 ? bytes : _weights) + _structures;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var (info, allocator) in _allocators)
            {
                allocator.Dispose();
                info?.Dispose();
            }

            _allocators.Clear();
        }
    }
}
