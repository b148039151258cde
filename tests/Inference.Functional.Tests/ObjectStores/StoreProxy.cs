using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>Stands between the server and the store and does what networks and stores do on bad days. One request a connection.</summary>
internal sealed class StoreProxy : IAsyncDisposable
{
    private const int HeadLimit = 1 << 16;
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<StoreRequest> _requests = new();
    private readonly int _store;
    private readonly Task _accepting;
    private int _refused;

    public StoreProxy(int store)
    {
        _store = store;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What to do to each answer; null for nothing. Called on many threads.</summary>
    public Func<StoreRequest, StoreFault?> Fault { get; set; } = _ => null;

    /// <summary>Every connection is reset.</summary>
    public bool IsAway { get; set; }

    /// <summary>Connections that were.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public IReadOnlyCollection<StoreRequest> Requests => _requests;

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";

    public void Forget() => _requests.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private static void Reset(TcpClient client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    private static StoreRequest Parse(string head)
    {
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(l => l.Split(':', 2)).ToDictionary(h => h[0].Trim().ToLowerInvariant(), h => h[1].Trim(), StringComparer.Ordinal);
        return new StoreRequest(first[0], first[1], headers);
    }

    private static async Task<(byte[] Head, byte[] Body)> ReadHeadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var buffer = new byte[HeadLimit];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                throw new IOException("The connection ended before the end of a head.");
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf(HeadEnd);
            if (end >= 0)
                return (buffer[..(end + HeadEnd.Length)], buffer[(end + HeadEnd.Length)..length]);
        }

        throw new IOException("A head is too long.");
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            if (IsAway)
                Interlocked.Increment(ref _refused);
            else if (await RelayAsync(client.GetStream()))
            {
                client.Client.Shutdown(SocketShutdown.Send);
                client.Dispose();
                return;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the sides has gone.
        }

        Reset(client);
    }

    // False where the connection is to break off.
    private async Task<bool> RelayAsync(NetworkStream client)
    {
        var head = Encoding.Latin1.GetString((await ReadHeadAsync(client, _stop.Token)).Head);
        var request = Parse(head);
        _requests.Enqueue(request);
        var fault = Fault(request) ?? new StoreFault();
        if (fault.Answer is { } answer)
        {
            var body = $"<?xml version=\"1.0\"?><Error><Code>{answer.Code}</Code><Message>injected</Message></Error>";
            await client.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} Injected\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), _stop.Token);
            return true;
        }

        using var upstream = new TcpClient();
        await upstream.ConnectAsync(IPAddress.Loopback, _store, _stop.Token);
        var store = upstream.GetStream();
        await store.WriteAsync(Encoding.Latin1.GetBytes(head[..^2] + "Connection: close\r\n\r\n"), _stop.Token);
        var (answered, rest) = await ReadHeadAsync(store, _stop.Token);
        await client.WriteAsync(answered, _stop.Token);
        return await RelayBodyAsync(store, rest, client, fault);
    }

    private async Task<bool> RelayBodyAsync(NetworkStream store, byte[] first, NetworkStream client, StoreFault fault)
    {
        var sent = 0L;
        var buffer = new byte[HeadLimit];
        first.CopyTo(buffer, 0);
        for (var length = first.Length; length > 0 || sent == 0; length = await store.ReadAsync(buffer, _stop.Token))
        {
            if (length == 0 && (length = await store.ReadAsync(buffer, _stop.Token)) == 0)
                return true;
            if (fault.FlipAt is { } flip && flip >= sent && flip < sent + length)
                buffer[flip - sent] ^= 1;
            var limit = fault.CutAfter ?? fault.Stall?.After ?? long.MaxValue;
            var now = (int)Math.Min(length, limit - sent);
            await client.WriteAsync(buffer.AsMemory(0, now), _stop.Token);
            sent += now;
            if (sent < limit)
                continue;
            if (fault.Stall is { } stall)
                await stall.Until.WaitAsync(_stop.Token);
            return false;
        }

        return true;
    }
}
