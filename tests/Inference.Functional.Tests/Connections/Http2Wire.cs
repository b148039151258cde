using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Inference.Functional.Tests.Connections;

/// <summary>A client of HTTP/2 that sends what it likes, frame by frame.</summary>
internal sealed class Http2Wire : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte EndStream = 1, EndHeaders = 4;
    public static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private const int HeaderLength = 9, ShortLength = 127;
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    // While it is connected: the stream can be had no more afterwards.
    private Http2Wire(TcpClient connected) => (_client, _stream) = (connected, connected.GetStream());

    /// <summary>What the frame that was read last holds.</summary>
    public byte[] Payload { get; private set; } = [];

    /// <summary>Connects and says hello.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="settings">The client's settings; none for the usual ones.</param>
    public static async Task<Http2Wire> OpenAsync(Uri server, params (ushort Id, uint Value)[] settings)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var wire = new Http2Wire(client);
        await wire.SendAsync([.. Preface, .. Frame(Settings, 0, 0, [.. settings.SelectMany(s => Setting(s.Id, s.Value))])]);
        return wire;
    }

    public static byte[] Setting(ushort id, uint value)
    {
        var bytes = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, id);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), value);
        return bytes;
    }

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        var frame = new byte[HeaderLength + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, HeaderLength);
        return frame;
    }

    /// <summary>The headers of a call, each written out.</summary>
    public static byte[] Call(string path, params (string Name, string Value)[] more)
    {
        (string Name, string Value)[] all =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("te", "trailers"), ("content-type", "application/grpc"), .. more,
        ];
        return [.. all.SelectMany(h => Literal(h.Name, h.Value))];
    }

    public static byte[] Literal(string name, string value) => [0, .. Text(name), .. Text(value)];

    /// <summary>A string as HPACK has it, without Huffman's code.</summary>
    public static byte[] Text(string text)
    {
        var bytes = new List<byte>();
        if (text.Length < ShortLength)
        {
            bytes.Add((byte)text.Length);
        }
        else
        {
            bytes.Add(ShortLength);
            var rest = text.Length - ShortLength;
            for (; rest >= 128; rest /= 128)
                bytes.Add((byte)((rest % 128) | 128));
            bytes.Add((byte)rest);
        }

        return [.. bytes, .. Encoding.ASCII.GetBytes(text)];
    }

    /// <summary>Sends; false where either side has closed.</summary>
    public async Task<bool> SendAsync(byte[] bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads until a frame of that type, or until the server closes: the types of the frames that came.</summary>
    public async Task<List<byte>> ReadAsync(byte? until, CancellationToken cancellation)
    {
        var types = new List<byte>();
        var header = new byte[HeaderLength];
        try
        {
            while ((types.Count == 0 || types[^1] != until) && await _stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellation) == HeaderLength)
            {
                types.Add(header[3]);
                Payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                await _stream.ReadExactlyAsync(Payload, cancellation);
            }
        }
        catch (IOException)
        {
            // Reset by the server.
        }

        return types;
    }

    public void Dispose() => _client.Dispose();
}
