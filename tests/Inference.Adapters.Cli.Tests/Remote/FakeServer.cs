using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Cli.Tests.Remote;

/// <summary>
/// A gRPC server of a few lines on a free loopback port, which answers whatever a test wants, well formed or not.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private const int FrameHeader = 5;
    private readonly WebApplication _app;
    private readonly Dictionary<string, Func<byte[], FakeAnswer>> _methods = new(StringComparer.Ordinal);

    private FakeServer(WebApplication app)
    {
        _app = app;
        app.MapPost("/inference.GRPCInferenceService/{method}", HandleAsync);
    }

    public string Address => _app.Urls.First();

    public static async Task<FakeServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        var server = new FakeServer(builder.Build());
        await server._app.StartAsync();
        return server;
    }

    public FakeServer Answer(string method, Func<byte[], FakeAnswer> answer)
    {
        _methods[method] = answer;
        return this;
    }

    public FakeServer Answer(string method, IMessage message) => Answer(method, _ => FakeAnswer.Of(message));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var request = new MemoryStream();
        await http.Request.Body.CopyToAsync(request, http.RequestAborted);
        var answer = _methods.TryGetValue((string)http.Request.RouteValues["method"]!, out var method)
            ? method(request.ToArray()[FrameHeader..])
            : FakeAnswer.Error(12, "no such method");
        http.Response.ContentType = "application/grpc";
        if (answer.Hangs)
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.Message is { } message)
        {
            var frame = new byte[FrameHeader];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
            await http.Response.Body.WriteAsync(frame);
            await http.Response.Body.WriteAsync(message);
        }

        http.Response.AppendTrailer("grpc-status", answer.Status.ToString());
        http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(answer.Detail));
    }
}

/// <summary>What the server sends: a message, a status, or nothing for ever.</summary>
internal sealed record FakeAnswer(byte[]? Message, int Status, string Detail)
{
    public bool Hangs { get; init; }

    public static FakeAnswer Of(IMessage message) => new(message.ToByteArray(), 0, string.Empty);

    public static FakeAnswer Error(int status, string detail) => new(null, status, detail);

    public static FakeAnswer Never() => new(null, 0, string.Empty) { Hangs = true };
}
