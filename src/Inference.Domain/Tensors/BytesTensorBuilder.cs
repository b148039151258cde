using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Inference.Domain.Tensors;

/// <summary>Builds a <see cref="TensorType.Bytes"/> tensor element by element. Not thread-safe; good for one tensor.</summary>
public sealed class BytesTensorBuilder
{
    private readonly ArrayBufferWriter<byte> _data = new();

    /// <summary>Appends one element.</summary>
    public BytesTensorBuilder Add(ReadOnlySpan<byte> element)
    {
        var target = _data.GetSpan(TensorDataCheck.LengthPrefix + element.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target, element.Length);
        element.CopyTo(target[TensorDataCheck.LengthPrefix..]);
        _data.Advance(TensorDataCheck.LengthPrefix + element.Length);
        return this;
    }

    /// <summary>Appends one element as UTF-8.</summary>
    public BytesTensorBuilder Add(string element)
    {
        var length = Encoding.UTF8.GetByteCount(element);
        var target = _data.GetSpan(TensorDataCheck.LengthPrefix + length);
        BinaryPrimitives.WriteInt32LittleEndian(target, length);
        Encoding.UTF8.GetBytes(element, target[TensorDataCheck.LengthPrefix..]);
        _data.Advance(TensorDataCheck.LengthPrefix + length);
        return this;
    }

    /// <summary>The tensor; the number of elements added must be the shape's.</summary>
    /// <exception cref="InferenceException">InvalidArgument where it is not.</exception>
    public Tensor Build(TensorShape shape, string name = "") => Tensor.Wrap(name, TensorType.Bytes, shape, _data.WrittenMemory);
}
