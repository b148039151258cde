using System.Collections;

namespace Inference.Domain.Tensors;

/// <summary>
/// Named tensors in order; owns them, so disposing of the set disposes of each. Names are unique. Most sets are small,
/// so that look-up is a walk; large ones have an index. Not thread-safe while it is being filled.
/// </summary>
public sealed class TensorSet : IReadOnlyList<NamedTensor>, IDisposable
{
    private const int LargestWithoutIndex = 16;
    private NamedTensor[] _tensors;
    private Dictionary<string, Tensor>? _index;

    /// <summary>An empty set.</summary>
    public TensorSet(int capacity = 4) => _tensors = capacity == 0 ? [] : new NamedTensor[capacity];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>Bytes of memory that the tensors keep; those in shared memory keep none.</summary>
    public long OwnBytes
    {
        get
        {
            long bytes = 0;
            foreach (var entry in Entries)
                bytes += entry.Tensor.Shared is null ? entry.Tensor.Data.Length : 0;
            return bytes;
        }
    }

    /// <inheritdoc/>
    public NamedTensor this[int index] => Entries[index];

    private ReadOnlySpan<NamedTensor> Entries => _tensors.AsSpan(0, Count);

    /// <summary>Adds a tensor, which the set owns from then on.</summary>
    /// <exception cref="InferenceException">InvalidArgument where the name is there already; the tensor is then still the caller's.</exception>
    public TensorSet Add(string name, Tensor tensor)
    {
        if (Find(name) is not null)
            throw InferenceException.InvalidArgument($"tensor {ErrorText.Quote(name)} is given twice; each name may stand once.");
        Append(new NamedTensor(name, tensor));
        return this;
    }

    /// <summary>The tensor of that name, or null.</summary>
    public Tensor? Find(string name)
    {
        if (_index is not null)
            return _index.GetValueOrDefault(name);
        foreach (var entry in Entries)
        {
            if (string.Equals(entry.Name, name, StringComparison.Ordinal))
                return entry.Tensor;
        }

        return null;
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InferenceException">InvalidArgument where there is none.</exception>
    public Tensor Get(string name) =>
        Find(name) ?? throw InferenceException.InvalidArgument($"tensor {ErrorText.Quote(name)} is missing; present: {ErrorText.List(this.Select(t => t.Name))}.");

    /// <summary>A set of its own over the same buffers.</summary>
    public TensorSet Share()
    {
        var copy = new TensorSet(Count);
        foreach (var entry in Entries)
            copy.Append(entry with { Tensor = entry.Tensor.Share() });
        return copy;
    }

    /// <summary>Disposes of every tensor and empties the set; safe to call more than once.</summary>
    public void Dispose()
    {
        foreach (var entry in Entries)
            entry.Tensor.Dispose();
        Array.Clear(_tensors, 0, Count);
        Count = 0;
        _index = null;
    }

    /// <inheritdoc/>
    public IEnumerator<NamedTensor> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return _tensors[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Append(NamedTensor entry)
    {
        if (Count == _tensors.Length)
            Array.Resize(ref _tensors, Math.Max(4, 2 * Count));
        _tensors[Count++] = entry;
        if (_index is not null)
            _index.Add(entry.Name, entry.Tensor);
        else if (Count > LargestWithoutIndex)
            _index = this.ToDictionary(t => t.Name, t => t.Tensor, StringComparer.Ordinal);
    }
}
