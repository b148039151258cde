using System.Text;

namespace Inference.Infra.OnnxRuntime.Tests.Models;

/// <summary>Writes protobuf messages field by field: enough for the small models that tests need.</summary>
internal sealed class ProtobufWriter
{
    private readonly MemoryStream _stream = new();

    public byte[] Bytes => _stream.ToArray();

    public ProtobufWriter Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public ProtobufWriter Data(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _stream.Write(value);
        return this;
    }

    public ProtobufWriter Text(int field, string value) => Data(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        return Data(field, inner.Bytes);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
