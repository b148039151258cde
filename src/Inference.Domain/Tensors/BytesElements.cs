using System.Buffers.Binary;

namespace Inference.Domain.Tensors;

/// <summary>
/// Walks the elements of a <see cref="TensorType.Bytes"/> tensor without allocating. The data must have been checked by
/// <see cref="TensorDataCheck"/>, as every tensor's is.
/// </summary>
public ref struct BytesElements
{
    private ReadOnlySpan<byte> _rest;

    internal BytesElements(ReadOnlySpan<byte> data) => _rest = data;

    /// <summary>The element that the last <see cref="MoveNext"/> found, without its length prefix.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>For use in <c>foreach</c>.</summary>
    public readonly BytesElements GetEnumerator() => this;

    /// <summary>Goes to the next element; false where there is none.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        Current = _rest.Slice(TensorDataCheck.LengthPrefix, length);
        _rest = _rest[(TensorDataCheck.LengthPrefix + length)..];
        return true;
    }
}
