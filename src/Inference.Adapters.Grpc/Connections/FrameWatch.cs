using System.Buffers;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Finds the frames in the bytes that one side sends over HTTP/2, however they are cut into pieces. It looks at headers
/// alone and passes over what they announce. Not thread-safe.
/// </summary>
/// <param name="found">Gets type and length of each frame.</param>
/// <param name="prefaceLength">What is sent before the first frame.</param>
internal sealed class FrameWatch(Action<byte, int> found, int prefaceLength)
{
    /// <summary>Types of frames that matter here.</summary>
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Ping = 6;
    public const byte GoAway = 7;

    /// <summary>Length of the text that a client sends before its first frame.</summary>
    public const int PrefaceLength = 24;
    private const int HeaderLength = 9;
    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerBytes;
    private long _skip = prefaceLength;

    /// <summary>Takes what was sent next.</summary>
    public void Read(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
            Read(segment.Span);
    }

    /// <summary>Takes what was sent next.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var passed = (int)Math.Min(_skip, bytes.Length);
            _skip -= passed;
            bytes = bytes[passed..];
            var part = Math.Min(HeaderLength - _headerBytes, bytes.Length);
            bytes[..part].CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += part;
            bytes = bytes[part..];
            if (_headerBytes == HeaderLength)
                EndHeader();
        }
    }

    private void EndHeader()
    {
        var length = (_header[0] << 16) | (_header[1] << 8) | _header[2];
        _headerBytes = 0;
        _skip = length;
        found(_header[3], length);
    }
}
