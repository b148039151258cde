using System.Runtime.CompilerServices;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>How many elements the typed contents of one input hold in each field.</summary>
internal struct ContentsTally
{
    private Counts _counts;

    /// <summary>Bytes of all elements of bytes_contents together.</summary>
    public long BytesLength { get; private set; }

    /// <summary>Elements in one field.</summary>
    public readonly int Count(ContentsField field) => field == ContentsField.None ? 0 : _counts[(int)field];

    /// <summary>Counts elements.</summary>
    public void Add(ContentsField field, int elements) => _counts[(int)field] += elements;

    /// <summary>Counts one element of bytes_contents.</summary>
    public void AddBytes(int length)
    {
        _counts[(int)ContentsField.Bytes]++;
        BytesLength += length;
    }

    /// <summary>The first field that holds elements though it is not <paramref name="expected"/>; None where all is well.</summary>
    public readonly ContentsField Stray(ContentsField expected)
    {
        for (var field = ContentsField.Bool; field <= ContentsField.Bytes; field++)
        {
            if (field != expected && _counts[(int)field] > 0)
                return field;
        }

        return ContentsField.None;
    }

    [InlineArray((int)ContentsField.Bytes + 1)]
    private struct Counts
    {
        private int _first;
    }
}
