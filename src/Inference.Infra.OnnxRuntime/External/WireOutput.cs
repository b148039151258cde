using System.Buffers;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>Puts a protobuf message together.</summary>
internal sealed class WireOutput(int capacity)
{
    private readonly ArrayBufferWriter<byte> _bytes = new(Math.Max(capacity, 1));

    /// <summary>Adds fields as they are.</summary>
    public void Verbatim(ReadOnlySpan<byte> fields) => _bytes.Write(fields);

    /// <summary>Adds a field that holds bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
