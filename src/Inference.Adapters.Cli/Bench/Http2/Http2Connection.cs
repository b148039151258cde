using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Inference.Adapters.Cli.Remote;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>
/// One HTTP/2 connection for calls whose headers are all the same. A general client costs as much of the processor for a small
/// call as the server that is to be measured beside it; this one copies bytes it has encoded before, reads many answers at
/// once, and sends what they bring about in one piece. Thread-safe; callbacks run under its lock.
/// </summary>
internal sealed partial class Http2Connection : IDisposable
{
    private const int DefaultWindow = 65_535;
    private const int ConnectionWindow = int.MaxValue, StreamWindow = 1 << 26;

    // What is put together before it is sent; calls beyond it wait, as they do for a window of the server.
    private const int MostBuffered = 1 << 18;
    private const int HeaderTableSize = 1, EnablePush = 2, MaxConcurrentStreams = 3, InitialWindowSize = 4, MaxFrameSize = 5;
    private static readonly TimeSpan GreetingTime = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly Dictionary<int, Http2Call> _calls = [];
    private readonly Queue<Http2Call> _waiting = new();
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameBuffer _out = new();
    private FrameBuffer _sent = new();
    private int _nextStream = 1;
    private int _maxStreams = int.MaxValue;
    private int _maxFrame = Frame.MostPayload;
    private long _sendWindow = DefaultWindow;
    private long _streamSendWindow = DefaultWindow;
    private bool _isSending;
    private bool _isClosing;
    private bool _isClosed;

    private Http2Connection(Stream stream) => _stream = stream;

    /// <summary>Whether calls can be started, now or when others have ended.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
                return !_isClosing && !_isClosed;
        }
    }

    /// <summary>Calls that the server takes at the same time.</summary>
    public int MaxStreams => _maxStreams;

    /// <summary>Connects and waits for the server's greeting.</summary>
    /// <exception cref="Http2Exception">Nothing answers there, or nothing that speaks HTTP/2.</exception>
    public static async Task<Http2Connection> OpenAsync(Endpoint server, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Address.IdnHost.Trim('[', ']'), server.Address.Port, cancellation).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (server.Address.Scheme == Uri.UriSchemeHttps)
                stream = await SecureAsync(stream, server, cancellation).ConfigureAwait(false);
            var connection = new Http2Connection(stream);
            connection.Greet();
            _ = connection.ReceiveAsync();
            await connection._greeted.Task.WaitAsync(GreetingTime, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (TimeoutException)
        {
            socket.Dispose();
            throw new Http2Exception($"it accepts connections, but does not greet in HTTP/2 within {GreetingTime.TotalSeconds} s");
        }
        catch (Exception e) when (e is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            throw new Http2Exception(e.Message.TrimEnd('.'));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Starts a call; <see cref="Flush"/> sends it, or the end of the callback that starts it.</summary>
    /// <returns>False where the connection has no room for it or is closed.</returns>
    public bool TryStart(Http2Call call, ReadOnlySpan<byte> headers)
    {
        lock (_gate)
        {
            if (_isClosing || _isClosed || _calls.Count >= _maxStreams || _nextStream < 0)
                return false;
            call.Begin(_nextStream, _streamSendWindow);
            _nextStream += 2;
            _calls.Add(call.Stream, call);
            _out.WriteFrame(FrameType.Headers, Frame.EndHeaders, call.Stream, headers);
            Push(call);
            return true;
        }
    }

    /// <summary>Adds to what a call sends, as a whole; false where it has ended.</summary>
    public bool TryAdd(Http2Call call, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        lock (_gate)
        {
            if (!_calls.ContainsKey(call.Stream))
                return false;
            call.Add(head);
            call.Add(body);
            Wait(call);
            return true;
        }
    }

    /// <summary>Tells the server that a call sends nothing more.</summary>
    public void Complete(Http2Call call)
    {
        lock (_gate)
        {
            if (!_calls.ContainsKey(call.Stream))
                return;
            call.Complete();
            Wait(call);
        }
    }

    /// <summary>Gives a call up, where it is still under way and a condition holds; it ends with this status.</summary>
    public void Abort(Http2Call call, Status status, long now, Func<bool> condition)
    {
        lock (_gate)
        {
            if (!_calls.ContainsKey(call.Stream) || !condition())
                return;
            const int cancel = 8;
            _out.WriteFrame(FrameType.ResetStream, call.Stream, cancel);
            End(call, status, now);
        }
    }

    /// <summary>Sends what was written, unless somebody does already.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_isSending || _isClosed || (_out.Length == 0 && _waiting.Count == 0))
                return;
            _isSending = true;
        }

        _ = SendAsync();
    }

    public void Dispose() => Close("the connection was closed.");

    private static async Task<SslStream> SecureAsync(Stream stream, Endpoint server, CancellationToken cancellation)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(server.Tls.OptionsFor(server.Address), cancellation).ConfigureAwait(false);
        return secure.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
            ? secure
            : throw new Http2Exception("it speaks TLS, but not HTTP/2");
    }

    private void Greet()
    {
        _out.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        var start = _out.Begin();
        Span<byte> setting = stackalloc byte[6];
        foreach (var (key, value) in new[] { (HeaderTableSize, 0), (EnablePush, 0), (InitialWindowSize, StreamWindow) })
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt16BigEndian(setting, (short)key);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(setting[2..], value);
            _out.Write(setting);
        }

        _out.End(start, FrameType.Settings, 0, 0);
        _out.WriteFrame(FrameType.WindowUpdate, 0, ConnectionWindow - DefaultWindow);
        Flush();
    }

    private async Task SendAsync()
    {
        try
        {
            while (TrySwap())
            {
                await _stream.WriteAsync(_sent.Written).ConfigureAwait(false);
                _sent.Clear();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            Close($"the connection broke: {e.Message}");
        }
    }

    private bool TrySwap()
    {
        lock (_gate)
        {
            for (var count = _waiting.Count; count > 0 && _out.Length < MostBuffered; count--)
            {
                var call = _waiting.Dequeue();
                call.IsWaiting = false;
                if (call.Stream != 0)
                    Push(call);
            }

            (_out, _sent) = (_sent, _out);
            return _isSending = _sent.Length > 0 && !_isClosed;
        }
    }

    // Writes as many frames as the server and the buffer take; the rest waits.
    private void Push(Http2Call call)
    {
        while (call.HasUnsent)
        {
            var room = (int)Math.Min(Math.Min(_maxFrame, MostBuffered - _out.Length), Math.Min(_sendWindow, call.SendWindow));
            if (room <= 0 && call.Unsent > 0)
            {
                Wait(call);
                return;
            }

            var start = _out.Begin();
            var before = call.Unsent;
            call.Take(_out, room);
            var taken = before - call.Unsent;
            _sendWindow -= taken;
            call.SendWindow -= taken;
            call.HasSentEnd = call is { IsComplete: true, Unsent: 0 };
            _out.End(start, FrameType.Data, call.HasSentEnd ? Frame.EndStream : (byte)0, call.Stream);
        }
    }

    private void Wait(Http2Call call)
    {
        if (call.IsWaiting)
            return;
        call.IsWaiting = true;
        _waiting.Enqueue(call);
    }

    private void Close(string reason)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _greeted.TrySetException(new Http2Exception(reason.TrimEnd('.')));
            _ = _greeted.Task.Exception;
            var status = new Status(StatusCode.Unavailable, reason);
            var now = System.Diagnostics.Stopwatch.GetTimestamp();
            foreach (var call in _calls.Values.ToList())
                End(call, status, now);
        }

        _stream.Dispose();
    }

    private void End(Http2Call call, Status status, long now)
    {
        _calls.Remove(call.Stream);
        call.End();
        call.Ended(status, now);
    }
}
