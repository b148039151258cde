using Inference.Adapters.Grpc.Connections;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>
/// A call that is answered without the gRPC library, which most calls do not need: HTTP/2, no compression, a timeout of the
/// ordinary form or none. Made of its headers; used by one thread at a time.
/// </summary>
internal sealed class DirectCall : IDisposable
{
    private const string ContentType = "application/grpc";
    private const string ContentTypeOfProtobuf = "application/grpc+proto";
    private const string Encoding = "grpc-encoding";
    private const string NoEncoding = "identity";
    private readonly CancellationTokenSource? _timer;

    private DirectCall(HttpContext http, TimeSpan timeout)
    {
        Http = http;
        Pace = http.Features.Get<ReadPace>();
        Cancellation = http.RequestAborted;
        if (timeout == TimeSpan.Zero)
            return;

        // What it may have lost before it was read is a part of its time; one that has little is not read late for long. Where the
        // whole process was held up it may have lost all of it, or nothing.
        if (Pace is not null && timeout >= ReadPace.LeastTime)
            timeout -= TimeSpan.FromTicks(Math.Min(Pace.Held.Ticks, timeout.Ticks / 2));
        Deadline = DateTime.UtcNow + timeout;
        _timer = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        _timer.CancelAfter(timeout);
        Cancellation = _timer.Token;
    }

    /// <summary>The exchange.</summary>
    public HttpContext Http { get; }

    /// <summary>How its connection is read; null where nobody paces it.</summary>
    public ReadPace? Pace { get; }

    /// <summary>When it passes, in UTC; <see cref="DateTime.MaxValue"/> for never.</summary>
    public DateTime Deadline { get; } = DateTime.MaxValue;

    /// <summary>The timer has ended the call. It may be a little ahead of the clock that <see cref="Deadline"/> is read from.</summary>
    public bool HasExpired => _timer is { IsCancellationRequested: true } && !Http.RequestAborted.IsCancellationRequested;

    /// <summary>Cancelled when the caller goes away or the deadline passes.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The call; null where the library has to answer it.</summary>
    public static DirectCall? Begin(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (http.Request.ContentType is not (ContentType or ContentTypeOfProtobuf) || !HttpProtocol.IsHttp2(http.Request.Protocol))
            return null;
        if (headers.TryGetValue(Encoding, out var encoding) && encoding != NoEncoding)
            return null;
        var timeout = TimeSpan.Zero;
        if (headers.TryGetValue(CallTimeout.Header, out var text) && (text.Count != 1 || !CallTimeout.TryParse(text[0], out timeout)))
            return null;
        return new DirectCall(http, timeout);
    }

    public void Dispose() => _timer?.Dispose();
}
