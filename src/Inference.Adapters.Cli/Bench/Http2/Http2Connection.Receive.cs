using System.Buffers.Binary;
using System.Diagnostics;
using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>The half that reads.</summary>
internal sealed partial class Http2Connection
{
    // So much is read before the server is given room for more: seldom, and long before it has none left.
    private const int StreamCredit = StreamWindow / 4, ConnectionCredit = ConnectionWindow / 4;
    private const int PingBytes = 8, SettingBytes = 6;
    private const int MostHeaderBytes = 1 << 18;
    private readonly HeaderReader _headers = new();
    private readonly byte[] _in = new byte[1 << 18];
    private readonly List<byte> _block = [];
    private int _filled;
    private int _uncredited;
    private (int Stream, bool Ends)? _continued;

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var count = await _stream.ReadAsync(_in.AsMemory(_filled)).ConfigureAwait(false);
                if (count == 0)
                {
                    Close("the server closed the connection.");
                    return;
                }

                lock (_gate)
                {
                    _filled += count;
                    Process(Stopwatch.GetTimestamp());
                }

                Flush();
            }
        }
        catch (Http2Exception e)
        {
            Close($"the server's side of the connection is broken: {e.Message}.");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            Close($"the connection broke: {e.Message}");
        }
        catch (Exception e)
        {
            // Whoever waits for an answer must not wait for ever.
            Close($"a defect of this program: {e}");
        }
    }

    // Every answer that came in one piece has come at the same time.
    private void Process(long now)
    {
        var bytes = _in.AsSpan(0, _filled);
        while (bytes.Length >= Frame.HeaderSize && !_isClosed)
        {
            var frame = Frame.Read(bytes);
            if (frame.Length > Frame.MostPayload)
                throw new Http2Exception("a frame is larger than allowed, or this is not HTTP/2");
            if (bytes.Length < Frame.HeaderSize + frame.Length)
                break;
            Process(frame, bytes.Slice(Frame.HeaderSize, frame.Length), now);
            bytes = bytes[(Frame.HeaderSize + frame.Length)..];
        }

        bytes.CopyTo(_in);
        _filled = bytes.Length;
    }

    private void Process(Frame frame, ReadOnlySpan<byte> payload, long now)
    {
        if (_continued is not null && frame.Type != FrameType.Continuation)
            throw new Http2Exception("headers are not continued");
        switch (frame.Type)
        {
            case FrameType.Data:
                Data(frame, payload, now);
                break;
            case FrameType.Headers:
                _continued = (frame.Stream, frame.Has(Frame.EndStream));
                Headers(frame, frame.Content(payload), now);
                break;
            case FrameType.Continuation when _continued?.Stream == frame.Stream:
                Headers(frame, payload, now);
                break;
            case FrameType.ResetStream when payload.Length == sizeof(int) && _calls.TryGetValue(frame.Stream, out var call):
                End(call, Reset(BinaryPrimitives.ReadInt32BigEndian(payload)), now);
                break;
            case FrameType.Settings when !frame.Has(Frame.Ack):
                Settings(payload);
                break;
            case FrameType.Ping when !frame.Has(Frame.Ack) && payload.Length == PingBytes:
                _out.WriteFrame(FrameType.Ping, Frame.Ack, 0, payload);
                break;
            case FrameType.GoAway when payload.Length >= 2 * sizeof(int):
                GoAway(BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue, BinaryPrimitives.ReadInt32BigEndian(payload[4..]), now);
                break;
            case FrameType.WindowUpdate when payload.Length == sizeof(int):
                WindowUpdate(frame.Stream, BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                break;
            case FrameType.PushPromise or FrameType.Continuation:
                throw new Http2Exception($"a frame of type {frame.Type} has no place here");
        }
    }

    private void Data(Frame frame, ReadOnlySpan<byte> payload, long now)
    {
        _uncredited += payload.Length;
        if (_uncredited >= ConnectionCredit)
        {
            _out.WriteFrame(FrameType.WindowUpdate, 0, _uncredited);
            _uncredited = 0;
        }

        if (!_calls.TryGetValue(frame.Stream, out var call))
            return;
        call.Uncredited += payload.Length;
        call.Receive(frame.Content(payload), now);
        if (frame.Has(Frame.EndStream))
        {
            End(call, ResponseHead.None.Ended(call.HttpStatus), now);
        }
        else if (call.Uncredited >= StreamCredit)
        {
            _out.WriteFrame(FrameType.WindowUpdate, frame.Stream, call.Uncredited);
            call.Uncredited = 0;
        }
    }

    private void Headers(Frame frame, ReadOnlySpan<byte> content, long now)
    {
        var ends = _continued!.Value.Ends;
        if (!frame.Has(Frame.EndHeaders) || _block.Count > 0)
        {
            _block.AddRange(content);
            if (_block.Count > MostHeaderBytes)
                throw new Http2Exception($"an answer has more than {MostHeaderBytes} bytes of headers");
            if (!frame.Has(Frame.EndHeaders))
                return;
        }

        var head = _headers.Read(_block.Count > 0 ? _block.ToArray() : content);
        _block.Clear();
        _continued = null;
        if (!_calls.TryGetValue(frame.Stream, out var call))
            return;
        if (!ends)
        {
            call.HttpStatus = head.Http;
            return;
        }

        if (!call.HasSentEnd)
            _out.WriteFrame(FrameType.ResetStream, frame.Stream, 0);
        End(call, head.Ended(call.HttpStatus), now);
    }

    private void Settings(ReadOnlySpan<byte> payload)
    {
        for (; payload.Length >= SettingBytes; payload = payload[SettingBytes..])
        {
            var value = BinaryPrimitives.ReadInt32BigEndian(payload[2..]) & int.MaxValue;
            switch (BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case MaxConcurrentStreams:
                    _maxStreams = value;
                    break;
                case MaxFrameSize:
                    _maxFrame = value;
                    break;
                case InitialWindowSize:
                    foreach (var call in _calls.Values)
                        call.SendWindow += value - _streamSendWindow;
                    _streamSendWindow = value;
                    break;
            }
        }

        _out.WriteFrame(FrameType.Settings, Frame.Ack, 0, []);
        _greeted.TrySetResult();
    }

    private void GoAway(int last, int code, long now)
    {
        _isClosing = true;
        var status = new Status(StatusCode.Unavailable, $"the server takes no more calls on this connection (GOAWAY, code {code}).");
        foreach (var call in _calls.Values.Where(c => c.Stream > last).ToList())
            End(call, status, now);
    }

    private void WindowUpdate(int stream, int bytes)
    {
        if (stream == 0)
            _sendWindow += bytes;
        else if (_calls.TryGetValue(stream, out var call))
            call.SendWindow += bytes;
    }

    private static Status Reset(int code) => new(
        code switch
        {
            7 => StatusCode.Unavailable,
            8 => StatusCode.Cancelled,
            11 => StatusCode.ResourceExhausted,
            12 => StatusCode.PermissionDenied,
            _ => StatusCode.Internal,
        },
        $"the server reset the stream (HTTP/2 code {code}).");
}
