using System.Net;
using System.Net.Security;
using Inference.Adapters.Cli;
using Inference.Adapters.Grpc;
using Inference.Adapters.Grpc.Connections;
using Inference.Adapters.Grpc.Transport;
using Inference.Adapters.Http;
using Inference.Adapters.Http.Tls;
using Inference.Core.Certificates;
using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Core.Logging;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Domain.SharedMemory;
using Inference.Infra.Components;
using Inference.Infra.Devices;
using Inference.Infra.OnnxRuntime;
using Inference.Infra.OnnxRuntime.Hosting;
using Inference.Infra.OnnxRuntime.Memory;
using Inference.Infra.OnnxRuntime.SharedMemory;
using Inference.Infra.Plugins;
using Inference.Infra.Processors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Inference.Infra.SharedMemory;
using Inference.Infra.Storage;
using Inference.Infra.Storage.S3;
using Inference.Infra.Telemetry;
using Inference.Services.Cache;
using Inference.Services.Health;
using Inference.Services.Infer;
using Inference.Services.Lifecycle;
using Inference.Services.Metadata;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Routing;
using Inference.Services.Saturation;
using Inference.Services.SharedMemory;
using Inference.Services.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Inference.Server;

/// <summary>Puts the program together: the only place that names implementations of the domain's ports.</summary>
internal sealed class CompositionRoot : ICommandHost
{
    // Calls are cut off when the drain deadline passes or, a second later, when nothing is under way; connections close at once then.
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(3);

    // A peer that vanished without closing its connection would be kept for ever.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    private static readonly string Version = typeof(CompositionRoot).Assembly.GetName().Version!.ToString(3);

    /// <summary>Creates it. To be done first in a process: threads that have a heap of their own by then keep it.</summary>
    public CompositionRoot() => NativeHeap.SetUp();

    private enum Listener
    {
        Grpc,
        Http,
        Metrics,
    }

    public async Task<int> ServeAsync(string[] configurationArguments, CancellationToken cancellation)
    {
        await using var app = BuildServer(configurationArguments);
        using var threads = Patience(app.Services);
        await app.RunAsync(cancellation).ConfigureAwait(false);
        return Environment.ExitCode;
    }

    public async Task<ILocalEngine> OpenAsync(string[] configurationArguments, CancellationToken cancellation)
    {
        var builder = CreateBuilder(configurationArguments, out var options);

        // Standard output is for answers; what is worth a line besides them goes to standard error.
        AddLogging(builder.Logging, options.Logging with { Level = nameof(LogLevel.Warning) });
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);

        // Everything is loaded once, whatever a server of the same configuration does later; there is no cache whose budget would hold.
        AddEngine(builder.Services, options with { Repository = options.Repository with { Mode = "none", LoadAtStart = string.Empty } });
        var engine = new LocalEngine(builder.Build());
        try
        {
            await engine.LoadAsync(cancellation).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The whole server, not yet started.</summary>
    /// <param name="arguments">From the command line, such as <c>--Inference:Server:GrpcPort=9001</c>.</param>
    /// <param name="logging">Adds to the log, for hosts that listen to it.</param>
    public WebApplication BuildServer(string[] arguments, Action<ILoggingBuilder>? logging = null)
    {
        var builder = CreateBuilder(arguments, out var options);
        AddLogging(builder.Logging, options.Logging);
        logging?.Invoke(builder.Logging);
        AddEngine(builder.Services, options);
        builder.Services.AddSingleton(options.Cache).AddSingleton<PipelineCache>().AddHostedService<PipelineCacheMonitor>();
        builder.Services.AddSingleton(options.Telemetry).AddSingleton(options).AddSingleton(new ServerVersion(Version)).AddSingleton<SnapshotService>();
        AddTraces(builder.Services, options.Telemetry.Traces);
        builder.Services.AddSingleton(options.Shutdown).AddHostedService<ServingLifetime>();
        builder.Services.AddHostedService(p => ActivatorUtilities.CreateInstance<SaturationMonitor>(p, TimeSpan.FromMilliseconds(options.Queue.WaitTargetMilliseconds)));
        builder.Services.AddGrpcAdapter(new GrpcAdapterOptions(options.Server.MaxMessageBytes, options.Admission.MaxRequestBytes, "inference", Version)
        {
            Streams = options.Streams,
        });
        builder.Services.Configure<HostOptions>(o =>
            o.ShutdownTimeout = TimeSpan.FromSeconds(options.Shutdown.GraceSeconds + options.Shutdown.DrainSeconds) + StopMargin);
        GrpcAdapter.UseSockets(builder.WebHost);
        var certificates = ServerCertificates.Load(options.Tls, TimeProvider.System);
        if (certificates is not null)
            builder.Services.AddSingleton(certificates).AddSingleton<ClientRefusals>().AddHostedService<CertificateReload>();
        builder.WebHost.ConfigureKestrel(kestrel => ConfigureListeners(kestrel, options, certificates));

        var app = builder.Build();
        Branch(app, Listener.Grpc, endpoints => endpoints.MapGrpcAdapter());
        Branch(app, Listener.Http, endpoints => endpoints.MapHealth());
        Branch(app, Listener.Metrics, endpoints =>
        {
            endpoints.MapMetrics();
            if (options.Telemetry.DebugPage)
                endpoints.MapDebug();
        });
        return app;
    }

    // It is the whole process's, so that a server within another program leaves it alone. From threads that compute or load, and
    // are not idle ones, patient threads would not get the processor either.
    private static PatientThreads? Patience(IServiceProvider services)
    {
        var options = services.GetRequiredService<InferenceOptions>();
        var isMeant = options.Server.PatientThreads && Math.Min(options.Execution.Niceness, options.Repository.LoadNiceness) >= ExecutionDefaults.IdleNiceness;
        return isMeant ? ActivatorUtilities.CreateInstance<PatientThreads>(services) : null;
    }

    private static WebApplicationBuilder CreateBuilder(string[] arguments, out InferenceOptions options)
    {
        // The program's own folder, not the caller's: appsettings.json must be found wherever the program is started from.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = arguments });
        options = OptionsBinder.Bind(builder.Configuration, CheckDomainValues);
        return builder;
    }

    private static void AddLogging(ILoggingBuilder logging, LoggingOptions options)
    {
        const string timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        var settings = new LogSettings(Enum.Parse<LogLevel>(options.Level, ignoreCase: true), options.Format);
        logging.ClearProviders();
        logging.AddSimpleConsole(o => (o.SingleLine, o.IncludeScopes, o.UseUtcTimestamp, o.TimestampFormat) = (true, true, true, timestamp));
        logging.AddJsonConsole(o => (o.IncludeScopes, o.UseUtcTimestamp, o.TimestampFormat) = (true, true, timestamp.Trim()));
        logging.Services.AddSingleton(settings)
            .Configure<ConsoleLoggerOptions>(o => o.FormatterName = settings.State.Format == LogSettings.Json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple)
            .AddSingleton<IOptionsChangeTokenSource<ConsoleLoggerOptions>>(new LogFormatChange<ConsoleLoggerOptions>(settings))
            .PostConfigure<LoggerFilterOptions>(filters => Filter(filters, settings));
    }

    // What rules on categories let through is asked for once more at each event, so that levels can change while the server runs.
    private static void Filter(LoggerFilterOptions filters, LogSettings settings)
    {
        filters.MinLevel = LogLevel.Trace;
        if (!filters.Rules.Any(r => r.ProviderName is null && r.CategoryName is null))
            filters.Rules.Add(new LoggerFilterRule(null, null, LogLevel.Trace, null));
        for (var i = 0; i < filters.Rules.Count; i++)
        {
            var rule = filters.Rules[i];
            filters.Rules[i] = new LoggerFilterRule(
                rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) => settings.IsEnabled(level) && (rule.Filter?.Invoke(provider, category, level) ?? true));
        }
    }

    // Before what answers calls, so that it stops after that.
    private static void AddTraces(IServiceCollection services, TraceOptions traces)
    {
        services.AddSingleton(new TraceSettings(traces.IsOn, traces.SampleRatio ?? 1, traces.FollowsCaller));
        if (traces.IsOn)
            services.AddHostedService(p => ActivatorUtilities.CreateInstance<TraceExport>(p, traces, Version));
    }

    private static void AddEngine(IServiceCollection services, InferenceOptions options)
    {
        services.AddHttpAdapter()
            .AddSingleton<IDeviceTelemetry, NvmlTelemetry>()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ServerLifecycle>()
            .AddSingleton<PipelineRegistry>()
            .AddSingleton(p => new Admission(options.Admission.MaxConcurrentRequests, p.GetRequiredService<IInferenceMetrics>()))
            .AddSingleton(p => new RoutingService(p.GetRequiredService<PipelineRegistry>(), DefaultRoute(options)))
            .AddSingleton<InferenceService>()
            .AddSingleton(options.SharedMemory)
            .AddSingleton<ISystemSharedMemory>(new PosixSharedMemory(options.SharedMemory.KeyPrefix))
            .AddSingleton<ICudaSharedMemory, CudaSharedMemory>()
            .AddSingleton<SharedMemoryService>()
            .AddSingleton<MetadataService>()
            .AddSingleton<HealthService>()
            .AddSingleton<PipelineLoader>()
            .AddSingleton<ILoadPriority>(new LoadPriority(options.Repository.LoadNiceness))
            .AddSingleton(p => ActivatorUtilities.CreateInstance<RepositoryService>(p, options.Repository))
            .AddSingleton(p => Repository(options, p))
            .AddSingleton(_ => Catalogue(options.Plugins))
            .AddSingleton(RuntimeSettings(options.Execution))
            .AddSingleton<MemoryKeeper>()
            .AddSingleton<INativeMemory>(p => p.GetRequiredService<MemoryKeeper>())
            .AddSingleton<IModelRuntime, OnnxModelRuntime>()
            .AddSingleton(new QueueBudget(options.Queue.TotalBytes))
            .AddSingleton<IExecutorFactory>(p => ActivatorUtilities.CreateInstance<BatchingExecutorFactory>(p, TimeSpan.FromMicroseconds(options.Execution.InlineBelowMicroseconds)));
    }

    private static IModelRepository Repository(InferenceOptions options, IServiceProvider services)
    {
        var (repository, defaults) = (options.Repository, DefaultExecution(options));
        if (S3Location.TryParse(repository.Path) is { } location)
            return ObjectStore(repository, location, defaults, services);
        return repository.ModelName.Length > 0
            ? new SingleModelRepository(repository.ModelName, repository.Path, defaults, Storage(repository), services.GetRequiredService<ILogger<SingleModelRepository>>())
            : new LocalModelRepository(repository.Path, defaults, Storage(repository), services.GetRequiredService<ILogger<LocalModelRepository>>());
    }

    private static S3ModelRepository ObjectStore(RepositoryOptions repository, S3Location location, ExecutionOptions defaults, IServiceProvider services)
    {
        var model = repository.ModelName.Length > 0 ? repository.ModelName : null;
        return new S3ModelRepository(location, defaults, repository, services.GetRequiredService<TimeProvider>(), model, services.GetRequiredService<ILogger<S3ModelRepository>>(), services.GetService<IStoreMetrics>());
    }

    private static LocalStorageOptions Storage(RepositoryOptions options) => new()
    {
        CompleteMarker = options.CompleteMarker,
        LinkRoots = [.. options.LinkRoots.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
    };

    private static ComponentCatalogue Catalogue(PluginOptions options)
    {
        // Loaded for the life of the process: pipelines hold what the plug-ins made.
        var plugins = options.Path.Length == 0 ? [] : PluginLoader.Load(options.Path);
        try
        {
            return new ComponentCatalogue(
                BuiltInComponents.Preprocessors.Concat(plugins.SelectMany(p => p.Preprocessors)),
                BuiltInComponents.Postprocessors.Concat(plugins.SelectMany(p => p.Postprocessors)));
        }
        catch (ArgumentException e)
        {
            throw new InferenceException(ErrorCode.LoadFailed, $"the plug-ins in {ErrorText.Quote(options.Path)} cannot be used: {e.Message} Give one of them another name.", e);
        }
    }

    private static ExecutionOptions DefaultExecution(InferenceOptions options) => new()
    {
        Device = DeviceRequest.TryParse(options.Execution.Device, out var device) ? device : DeviceRequest.Cpu,
        Lanes = options.Execution.Lanes > 0 ? options.Execution.Lanes : Environment.ProcessorCount,
        Queue = new QueueOptions
        {
            MaxRows = options.Queue.MaxRows,
            MaxBytes = options.Queue.MaxBytes,
            Timeout = TimeSpan.FromMilliseconds(options.Queue.TimeoutMilliseconds),
        },
        Batching = new BatchingOptions
        {
            Enabled = options.Batching.Enabled,
            MaxRows = options.Batching.MaxRows,
            MaxBytes = options.Batching.MaxBytes,
        },
    };

    private static OnnxRuntimeSettings RuntimeSettings(ExecutionDefaults defaults) => new()
    {
        IntraOpThreads = defaults.IntraOpThreads,
        WorkerThreads = defaults.WorkerThreads,
        Niceness = defaults.Niceness,
    };

    private static VersionRoute? DefaultRoute(InferenceOptions options) =>
        options.Routing.Default.Length == 0 ? null : VersionRoute.TryParse(options.Routing.Default);

    private static IEnumerable<string> CheckDomainValues(InferenceOptions options)
    {
        if (!DeviceRequest.TryParse(options.Execution.Device, out _))
            yield return $"Inference:Execution:Device is '{options.Execution.Device}'; expected cpu, cuda, cuda:N or auto.";
        if (options.Routing.Default.Length > 0 && DefaultRoute(options) != VersionRoute.Latest)
            yield return $"Inference:Routing:Default is '{options.Routing.Default}'; expected latest, or nothing.";
        if (S3Location.IsMeant(options.Repository.Path) && S3Location.TryParse(options.Repository.Path) is null)
            yield return $"Inference:Repository:Path is '{EffectiveConfiguration.Of(options)["Repository:Path"]}'; expected s3://bucket/prefix, without credentials, empty parts and '..'; a store other than AWS is named in Repository:S3:Endpoint.";
    }

    private static void ConfigureListeners(KestrelServerOptions kestrel, InferenceOptions options, ServerCertificates? certificates)
    {
        var server = options.Server;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        GrpcAdapter.ConfigureLimits(kestrel.Limits);
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
        var limits = new ConnectionLimits(TimeSpan.FromSeconds(server.ConnectionAgeSeconds), TimeSpan.FromSeconds(server.ConnectionGraceSeconds), server.MaxIdlePings);
        void Limit(ListenOptions listen) => GrpcAdapter.LimitConnections(listen, limits);
        void Secure(ListenOptions listen, SslApplicationProtocol protocol, string port)
        {
            if (certificates is not null && port != TlsOptions.Plain)
                TlsConnections.Secure(listen, Tls(listen.ApplicationServices, certificates, protocol, port == TlsOptions.Server ? "none" : options.Tls.ClientCertificates));
        }

        Listen(kestrel, server.Host, server.GrpcPort, HttpProtocols.Http2, Listener.Grpc, listen =>
        {
            Secure(listen, SslApplicationProtocol.Http2, TlsOptions.Same);
            Limit(listen);
        });
        Listen(kestrel, server.Host, server.HttpPort, HttpProtocols.Http1, Listener.Http, listen => Secure(listen, SslApplicationProtocol.Http11, options.Tls.HttpPort));
        Listen(kestrel, server.Host, server.MetricsPort, HttpProtocols.Http1, Listener.Metrics, listen => Secure(listen, SslApplicationProtocol.Http11, options.Tls.MetricsPort));
        if (server.GrpcSocket.Length > 0)
        {
            UnixSocket.Prepare(server.GrpcSocket);
            kestrel.ListenUnixSocket(server.GrpcSocket, listen => Configure(listen, HttpProtocols.Http2, Listener.Grpc, Limit));
        }
    }

    private static TlsListener Tls(IServiceProvider services, ServerCertificates certificates, SslApplicationProtocol protocol, string clients) =>
        new(certificates, protocol, Enum.Parse<ClientCertificateMode>(clients, ignoreCase: true), services.GetRequiredService<ClientRefusals>());

    private static void Listen(KestrelServerOptions kestrel, string host, int port, HttpProtocols protocols, Listener listener, Action<ListenOptions> more)
    {
        if (host == "*")
            kestrel.ListenAnyIP(port, options => Configure(options, protocols, listener, more));
        else
            kestrel.Listen(host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host), port, options => Configure(options, protocols, listener, more));
    }

    private static void Configure(ListenOptions options, HttpProtocols protocols, Listener listener, Action<ListenOptions> more)
    {
        options.Protocols = protocols;

        // Each connection carries what its listener is for, so that ports chosen by the system work too.
        options.Use(next => connection =>
        {
            connection.Features.Set(new ListenerFeature(listener));
            return next(connection);
        });
        more(options);
    }

    private static void Branch(WebApplication app, Listener listener, Action<IEndpointRouteBuilder> map) =>
        app.MapWhen(
            context => context.Features.Get<ListenerFeature>()?.Listener == listener,
            branch => branch.UseRouting().UseEndpoints(map));

    private sealed class LocalEngine(WebApplication app) : ILocalEngine
    {
        public InferenceService Inference { get; } = app.Services.GetRequiredService<InferenceService>();

        public RepositoryService Repository { get; } = app.Services.GetRequiredService<RepositoryService>();

        public MetadataService Metadata { get; } = app.Services.GetRequiredService<MetadataService>();

        public async Task LoadAsync(CancellationToken cancellation)
        {
            await Repository.DiscoverAsync(cancellation).ConfigureAwait(false);
            await Repository.LoadDiscoveredAsync(cancellation).ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            await Repository.UnloadAllAsync(CancellationToken.None).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed record ListenerFeature(Listener Listener);
}
