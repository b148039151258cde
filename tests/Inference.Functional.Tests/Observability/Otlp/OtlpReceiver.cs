using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Inference.Functional.Tests.Observability.Otlp;

/// <summary>A collector that keeps what it is sent, over gRPC and over HTTP, on loopback ports chosen by the system.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<ExportedSpan> _spans = [];
    private readonly Dictionary<string, string> _resource = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", TakeGrpcAsync);
        _app.MapPost("/v1/traces", TakeHttpAsync);
    }

    public string GrpcAddress => Address(0);

    public string HttpAddress => Address(1);

    /// <summary>Attributes of the process that sent the last spans.</summary>
    public IReadOnlyDictionary<string, string> Resource
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, string>(_resource);
        }
    }

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>What has come until now.</summary>
    public IReadOnlyList<ExportedSpan> Spans()
    {
        lock (_gate)
            return [.. _spans];
    }

    /// <summary>Waits until what has come is enough.</summary>
    public async Task<IReadOnlyList<ExportedSpan>> WaitAsync(Func<IReadOnlyList<ExportedSpan>, bool> isEnough)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            Task more;
            IReadOnlyList<ExportedSpan> spans;
            lock (_gate)
                (more, spans) = (_more.Task, [.. _spans]);
            if (isEnough(spans))
                return spans;
            await more.WaitAsync(limit.Token);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private string Address(int index) => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(index);

    private async Task TakeGrpcAsync(HttpContext http)
    {
        const int header = 5;
        var message = await ReadAsync(http);
        Keep(ExportedTraces.Parser.ParseFrom(message, header, message.Length - header));
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[header]);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private async Task TakeHttpAsync(HttpContext http)
    {
        Keep(ExportedTraces.Parser.ParseFrom(await ReadAsync(http)));
        http.Response.ContentType = "application/x-protobuf";
    }

    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private void Keep(ExportedTraces traces)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            foreach (var resource in traces.ResourceSpans)
            {
                foreach (var attribute in resource.Resource.Attributes)
                    _resource[attribute.Key] = attribute.Value.Text;
                _spans.AddRange(resource.ScopeSpans.SelectMany(s => s.Spans));
            }

            (told, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.TrySetResult();
    }
}
