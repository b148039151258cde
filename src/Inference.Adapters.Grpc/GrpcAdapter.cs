using System.IO.Compression;
using Grpc.AspNetCore.Server.Model;
using Grpc.Net.Compression;
using Grpc.Reflection;
using Inference.Adapters.Grpc.Calls;
using Inference.Adapters.Grpc.Calls.Direct;
using Inference.Adapters.Grpc.Connections;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.HealthCheck;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Protocol;
using Inference.Adapters.Grpc.Streams;
using Inference.Adapters.Grpc.Tracing;
using Inference.Adapters.Grpc.Transport;
using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Core.Logging;
using Inference.Core.Telemetry;
using Inference.Domain.Tensors;
using Inference.Services.Settings;
using Inference.Services.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc;

/// <summary>Puts the Open Inference Protocol, health checks and reflection over gRPC into an ASP.NET Core application.</summary>
public static class GrpcAdapter
{
    // The library logs every message that it cannot read as an error with a stack trace, which would let any client flood
    // the log. LibraryErrors logs the same events by what they mean.
    private const string LibraryCallLog = "Grpc.AspNetCore.Server.ServerCallHandler";

    // The web server's critical events of HTTP/2 are a client that floods a connection or leaves it in the middle: a line for each
    // of its calls. It keeps the others from harm by itself.
    private const string WebServerHttp2Log = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    /// <summary>Largest message to health checks and reflection, in bytes: they carry a name.</summary>
    internal const int MostBytesOfSmallServices = 1 << 16;

    // What a client may send on one stream before it is read: enough for 10 Gbit/s at most of a millisecond's distance.
    private const int StreamWindowBytes = 1 << 20;

    /// <summary>What an answer may have in the web server before its writer waits for the client.</summary>
    internal const int ResponseBufferBytes = 1 << 20;

    private const int SocketBufferBytes = 1 << 19;

    // What the web server's buffers may take while they are not used.
    private const long MostKeptBlockBytes = 64 << 20;

    /// <summary>
    /// Sets the web server's flow control. The window of a connection is that of all its streams together, so that one that is
    /// not read at present, since it may hold no more in the server, never keeps the others of its connection from being read.
    /// </summary>
    public static void ConfigureLimits(KestrelServerLimits limits)
    {
        limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        limits.Http2.InitialConnectionWindowSize = limits.Http2.MaxStreamsPerConnection * StreamWindowBytes;
        limits.MaxResponseBufferSize = ResponseBufferBytes;
    }

    /// <summary>
    /// Has the web server use sockets that hold enough of what is not sent yet for the system to send while more is written, that are
    /// read by the threads that learn of their bytes, and that can stop to listen before it does. Call it before the process has
    /// its first socket.
    /// </summary>
    public static void UseSockets(IWebHostBuilder web)
    {
        ReadySockets.SetThreads(Environment.ProcessorCount);
        web.UseSockets(sockets => sockets.MaxWriteBufferSize = SocketBufferBytes)
            .ConfigureServices(services => services
                .AddSingleton(p => new ClosableListeners(ActivatorUtilities.CreateInstance<SocketTransportFactory>(p), p.GetRequiredService<ILogger<ClosableListeners>>()))
                .AddSingleton<IConnectionListenerFactory>(p => p.GetRequiredService<ClosableListeners>()));
    }

    /// <summary>
    /// Has the connections of a listener counted, ended at their age and at the stop, and stopped from flooding the server with pings. Where the
    /// listener has TLS, call this after it was set. Needs <c>IServerMetrics</c> and <c>TimeProvider</c> in the container.
    /// </summary>
    public static void LimitConnections(ListenOptions listen, ConnectionLimits limits)
    {
        var services = listen.ApplicationServices;
        services.GetRequiredService<ClientDeparture>().Add(listen);
        var guard = ActivatorUtilities.CreateInstance<ConnectionGuard>(services, limits);
        listen.Use(next => connection => guard.RunAsync(connection, next));
    }

    /// <summary>
    /// Registers the adapter. The application registers <c>InferenceService</c>, <c>MetadataService</c>, <c>HealthService</c>,
    /// <c>RepositoryService</c>, <c>ServerLifecycle</c>, <c>IInferenceMetrics</c> and <c>TimeProvider</c> as singletons.
    /// </summary>
    public static IServiceCollection AddGrpcAdapter(this IServiceCollection services, GrpcAdapterOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(new BlockStore(MostKeptBlockBytes));
        services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool.Factory>();
        services.AddHostedService(p => new IdleTrimming(p.GetRequiredService<BlockStore>(), TensorPool.Shared, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<OpenInferenceAdapter>();
        services.AddSingleton<UnaryInference>();
        services.AddSingleton<ModelInferMethod>();
        services.AddSingleton<DirectInfer>();
        services.AddSingleton<ClientDeparture>();
        services.AddSingleton<ReadMoments>();
        services.AddSingleton<IClientDeparture>(p => p.GetRequiredService<ClientDeparture>());
        services.AddSingleton<HealthSignal>();
        services.AddSingleton<HealthAdapter>();
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<LibraryErrors>();
        services.AddSingleton<RequestBudget>();
        services.TryAddSingleton(new TraceSettings(isAvailable: false, ratio: 1, followsCaller: true));
        services.TryAddSingleton(new LogSettings(LogLevel.Information, LogSettings.Text));
        services.TryAddSingleton(new TelemetryOptions());
        services.AddSingleton<TraceSettingService>();
        services.AddSingleton<LogSettingService>();
        services.AddSingleton<RequestTracing>();
        services.AddSingleton<CallSpans>();
        services.AddSingleton<CallEndpoint>();
        services.AddSingleton<InferStreams>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MostBytesOfSmallServices;
            grpc.MaxSendMessageSize = null;

            // What it unpacks stops at the limit of messages. The strongest compression would cost more than the network.
            grpc.CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest)];
        }).AddServiceOptions<ModelInferMethod>(grpc => grpc.MaxReceiveMessageSize = options.MaxMessageBytes)
            .AddServiceOptions<OpenInferenceAdapter>(grpc =>
            {
                grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
                grpc.Interceptors.Add<ErrorInterceptor>();
            })
            .AddServiceOptions<HealthAdapter>(grpc => grpc.Interceptors.Add<ErrorInterceptor>())
            .AddServiceOptions<ReflectionServiceImpl>(grpc => grpc.Interceptors.Add<ErrorInterceptor>());
        services.AddSingleton<IServiceMethodProvider<ModelInferMethod>, InferMethodProvider>();
        services.AddSingleton<IServiceMethodProvider<OpenInferenceAdapter>, InferMethodProvider>();
        services.AddGrpcReflection();
        services.AddLogging(logging => logging
            .AddFilter(LibraryCallLog, LogLevel.Critical)
            .AddFilter(WebServerHttp2Log, level => level < LogLevel.Critical));
        return services;
    }

    /// <summary>Maps the services; the result takes conventions, such as the host that they answer on.</summary>
    public static IEndpointConventionBuilder MapGrpcAdapter(this IEndpointRouteBuilder endpoints)
    {
        var around = endpoints.ServiceProvider.GetRequiredService<CallEndpoint>();
        var group = endpoints.MapGroup(string.Empty);
        group.WithMetadata(new NoBodyLimit());
        ((IEndpointConventionBuilder)group).Add(endpoint => endpoint.RequestDelegate = around.Wrap(endpoint.RequestDelegate!, (endpoint as RouteEndpointBuilder)?.RoutePattern.RawText));
        group.MapGrpcService<OpenInferenceAdapter>();
        group.MapGrpcService<ModelInferMethod>();
        group.MapGrpcService<HealthAdapter>();
        group.MapGrpcReflectionService();
        return group;
    }

    // The limit is on messages, which gRPC checks before it reads one; the web server's own limit on bodies (30 MB) would
    // refuse smaller ones, and a stream has no end.
    private sealed class NoBodyLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => null;
    }
}
