using System.Text;

namespace Inference.Infra.OnnxRuntime.Artefacts;

/// <summary>
/// Walks the fields of protobuf messages in a seekable stream without reading what is skipped, so that gigabytes of weights
/// cost nothing. Not thread-safe.
/// </summary>
internal sealed class WireReader(Stream stream)
{
    private const int LongestText = 4096;
    private long _end = stream.Length;

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>True where the field holds bytes: text, or a message.</summary>
    public bool IsMessage { get; private set; }

    /// <summary>Value of a field that holds a number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes that the field holds.</summary>
    public long Length { get; private set; }

    /// <summary>Goes to the next field of the message; false at its end. Skip or enter a message before the next call.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    /// <exception cref="EndOfStreamException">A field claims more bytes than there are.</exception>
    public bool Next()
    {
        if (stream.Position >= _end)
            return false;
        var tag = Varint();
        Field = (int)(tag >> 3);
        if (Field <= 0 || tag >> 3 > 0x1FFFFFFF)
            throw new InvalidDataException("a field number is out of range");
        IsMessage = (tag & 7) == 2;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                return true;
            case 1:
                return Skipped(8);
            case 2:
                Length = (long)Varint();
                Require(Length);
                return true;
            case 5:
                return Skipped(4);
            default:
                throw new InvalidDataException("a field has an unknown wire type");
        }
    }

    /// <summary>Passes over the message or text just found.</summary>
    public void Skip() => stream.Seek(Length, SeekOrigin.Current);

    /// <summary>Reads the text just found.</summary>
    public string Text()
    {
        var buffer = new byte[Math.Min(Length, LongestText)];
        stream.ReadExactly(buffer);
        stream.Seek(Length - buffer.Length, SeekOrigin.Current);
        return Encoding.UTF8.GetString(buffer);
    }

    /// <summary>Lets <paramref name="read"/> walk the message just found, and stands behind it afterwards.</summary>
    public void Enter(Action<WireReader> read)
    {
        var (outer, inner) = (_end, stream.Position + Length);
        _end = inner;
        read(this);
        _end = outer;
        stream.Position = inner;
    }

    private bool Skipped(int bytes)
    {
        Require(bytes);
        stream.Seek(bytes, SeekOrigin.Current);
        return true;
    }

    private void Require(long bytes)
    {
        if (bytes < 0 || bytes > _end - stream.Position)
            throw new EndOfStreamException($"a field of {(ulong)bytes} bytes begins at byte {stream.Position}, where {_end - stream.Position} bytes are left");
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (stream.Position >= _end)
                throw new EndOfStreamException($"it ends within a number at byte {stream.Position}");
            var next = (uint)stream.ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new InvalidDataException("a number is longer than 64 bits");
    }
}
