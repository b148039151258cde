using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Inference.Adapters.Grpc.Infer.Wire;

/// <summary>Writes the Protobuf wire format straight into a transport's buffers. Done with <see cref="Flush"/>.</summary>
internal ref struct WireWriter(IBufferWriter<byte> target)
{
    private const int Room = 256;
    private const int LongestVarint = 10;
    private Span<byte> _span;
    private int _at;

    /// <summary>Bytes of a number in base 128.</summary>
    public static int SizeOf(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    /// <summary>Bytes of a string, with its length and a tag of one byte; none where it is empty, which is not written.</summary>
    public static int SizeOf(string text) => text.Length == 0 ? 0 : SizeOfPart(Encoding.UTF8.GetByteCount(text));

    /// <summary>Bytes of a part of that length, with the length itself and a tag of one byte.</summary>
    public static long SizeOfPart(long length) => 1 + SizeOf((ulong)length) + length;

    private static int SizeOfPart(int length) => 1 + SizeOf((ulong)length) + length;

    /// <summary>Writes a string, unless it is empty.</summary>
    public void Write(byte tag, string text)
    {
        if (text.Length == 0)
            return;
        var length = Encoding.UTF8.GetByteCount(text);
        WriteHead(tag, length);
        if (length > Room)
        {
            Write(Encoding.UTF8.GetBytes(text));
            return;
        }

        Ensure(length);
        _at += Encoding.UTF8.GetBytes(text, _span[_at..]);
    }

    /// <summary>Writes the tag and the length of a part; its bytes come next.</summary>
    public void WriteHead(byte tag, long length)
    {
        WriteByte(tag);
        WriteVarint((ulong)length);
    }

    public void WriteByte(byte value)
    {
        Ensure(1);
        _span[_at++] = value;
    }

    public void WriteVarint(ulong value)
    {
        Ensure(LongestVarint);
        while (value >= 0x80)
        {
            _span[_at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _span[_at++] = (byte)value;
    }

    public void WriteDouble(double value)
    {
        Ensure(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_span[_at..], value);
        _at += sizeof(double);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Ensure(1);
            var run = Math.Min(bytes.Length, _span.Length - _at);
            bytes[..run].CopyTo(_span[_at..]);
            _at += run;
            bytes = bytes[run..];
        }
    }

    /// <summary>Gives what is written to the transport.</summary>
    public void Flush()
    {
        if (_at > 0)
            target.Advance(_at);
        _at = 0;
        _span = default;
    }

    private void Ensure(int bytes)
    {
        if (_span.Length - _at >= bytes)
            return;
        Flush();
        _span = target.GetSpan(Math.Max(bytes, Room));
    }
}
