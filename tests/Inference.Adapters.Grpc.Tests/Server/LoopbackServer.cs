using Grpc.Health.V1;
using Grpc.Net.Client;
using Inference.Adapters.Grpc.Connections;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Transport;
using Inference.Adapters.Protocol;
using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Cache;
using Inference.Services.Health;
using Inference.Services.Infer;
using Inference.Services.Metadata;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Routing;
using Inference.Services.SharedMemory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>
/// The adapter on a real Kestrel at a free port of 127.0.0.1, over models of the test. Disposing of it fails the test where
/// a buffer or a byte of the budget was not given back or an error was logged that the test did not announce.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    public const int SmallLimit = 1 << 20;
    private readonly WebApplication _app;
    private readonly TestRepository _storage;
    private readonly ErrorLog _log = new();
    private readonly RejectionMetrics _metrics = new();
    private readonly RepositoryOptions _repository;
    private readonly CacheOptions? _cache;
    private readonly long _rentedBefore = TensorPool.Shared.Rented;

    private LoopbackServer(int maxMessageBytes, StreamOptions streams, RepositoryOptions repository, CacheOptions? cache, IReadOnlyList<TestModel> models)
    {
        _repository = repository with { LoadThreads = 1 };
        _cache = cache;
        _storage = new TestRepository { Models = models };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            GrpcAdapter.ConfigureLimits(kestrel.Limits);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(Pace = new ReadPace(listen.ApplicationServices.GetRequiredService<ReadMoments>(), PaceTime));
                    return next(connection);
                });
            });
        });
        AddServices(builder.Services);
        builder.Services.AddGrpcAdapter(new GrpcAdapterOptions(maxMessageBytes, 4L * maxMessageBytes, "test-server", "1.2.3") { Streams = streams });
        _app = builder.Build();
        _app.MapGrpcAdapter();
    }

    public ServerLifecycle Lifecycle => _app.Services.GetRequiredService<ServerLifecycle>();

    /// <summary>Pace of the last connection, by which nothing is read.</summary>
    public ReadPace Pace { get; private set; } = null!;

    /// <summary>Its clock.</summary>
    public FakeTimeProvider PaceTime { get; } = new();

    public Uri Address { get; private set; } = null!;

    public GrpcChannel Channel { get; private set; } = null!;

    public GRPCInferenceService.GRPCInferenceServiceClient Client => new(Channel);

    public Health.HealthClient Health => new(Channel);

    /// <summary>Model and code of each request that was refused before it reached a pipeline.</summary>
    public IReadOnlyCollection<(string Model, string Code)> Rejected => _metrics.Rejected;

    /// <summary>Limits of the server at which a request was refused.</summary>
    public IReadOnlyCollection<string> Refusals => _metrics.Refusals;

    /// <summary>Requests of streams that are under way, and streams that are open.</summary>
    public (int InFlight, int Open) Streams => (_metrics.StreamInFlight, _metrics.OpenStreams);

    /// <summary>Ids of errors that the test expects in the log.</summary>
    public List<int> ExpectedErrors { get; } = [];

    public static Task<LoopbackServer> StartAsync(params TestModel[] models) => StartAsync(SmallLimit, models);

    public static Task<LoopbackServer> StartAsync(int maxMessageBytes, params TestModel[] models) => StartAsync(maxMessageBytes, new StreamOptions(), models);

    public static Task<LoopbackServer> StartAsync(StreamOptions streams, params TestModel[] models) => StartAsync(SmallLimit, streams, models);

    public static Task<LoopbackServer> StartAsync(int maxMessageBytes, StreamOptions streams, params TestModel[] models) =>
        StartAsync(maxMessageBytes, streams, new RepositoryOptions { Mode = "none" }, null, models);

    public static Task<LoopbackServer> StartAsync(RepositoryOptions repository, params TestModel[] models) =>
        StartAsync(SmallLimit, new StreamOptions(), repository, null, models);

    /// <summary>Its models are loaded by their first requests.</summary>
    public static Task<LoopbackServer> StartLazyAsync(StreamOptions streams, params TestModel[] models) =>
        StartAsync(SmallLimit, streams, new RepositoryOptions { Mode = "none" }, new CacheOptions { Loading = "lazy", LoadThreads = 2 }, models);

    private static async Task<LoopbackServer> StartAsync(int maxMessageBytes, StreamOptions streams, RepositoryOptions repository, CacheOptions? cache, TestModel[] models)
    {
        var server = new LoopbackServer(maxMessageBytes, streams, repository, cache, models);
        await server.LoadAsync(models);
        server.Lifecycle.Advance(ServerPhase.Running);
        await server._app.StartAsync();
        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Address = new Uri(addresses.Addresses.Single());
        server.Channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        return server;
    }

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async Task LoadAsync(params TestModel[] models)
    {
        _storage.Models = models;
        var repository = _app.Services.GetRequiredService<RepositoryService>();
        await repository.DiscoverAsync(CancellationToken.None);
        await repository.LoadDiscoveredAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.StopAsync();
        var bytesHeld = Service<RequestBudget>().Taken;
        var blocks = Service<BlockStore>();
        await _app.DisposeAsync();
        _storage.Dispose();
        var unexpected = _log.Errors.Where(e => !ExpectedErrors.Contains(e.Id.Id)).Select(e => e.Text).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(unexpected, Is.Empty, "errors in the log");
            Assert.That(_log.Errors.Select(e => e.Id.Id), Is.SupersetOf(ExpectedErrors.Distinct()), "expected errors in the log");
            Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rentedBefore), "buffers not given back");
            Assert.That(bytesHeld, Is.Zero, "bytes of requests not given back");
            Assert.That(() => blocks.Rented, Is.Zero.After(5_000, 5), "the web server's buffers not given back");
        });
    }

    private void AddServices(IServiceCollection services)
    {
        var (metrics, time) = (_metrics, TimeProvider.System);
        services.AddSingleton<IInferenceMetrics>(metrics);
        services.AddSingleton(time);
        services.AddSingleton<ServerLifecycle>();
        services.AddSingleton<PipelineRegistry>();
        services.AddSingleton<IExecutorFactory>(new TestExecutorFactory(() => _storage.Models));
        services.AddSingleton(s => new RoutingService(s.GetRequiredService<PipelineRegistry>(), null));
        if (_cache is { } cache)
            services.AddSingleton(new PipelineCache(cache, new NoCacheMetrics(), time, NullLogger<PipelineCache>.Instance));
        services.AddSingleton(s => new RepositoryService(
            _storage,
            s.GetRequiredService<PipelineRegistry>(),
            new PipelineLoader(s.GetRequiredService<IExecutorFactory>(), new ComponentCatalogue([new TestSplitterFactory()], []), time),
            metrics,
            time,
            NullLogger<RepositoryService>.Instance,
            _repository,
            s.GetService<PipelineCache>()));
        services.AddSingleton(new SharedMemoryService(new SharedMemoryOptions(), new NoSharedMemory(), new NoSharedMemory(), metrics, NullLogger<SharedMemoryService>.Instance));
        services.AddSingleton<HealthService>();
        services.AddSingleton<MetadataService>();
        services.AddSingleton(s => new InferenceService(
            s.GetRequiredService<RoutingService>(),
            s.GetRequiredService<PipelineRegistry>(),
            new Admission(1000, metrics),
            s.GetRequiredService<SharedMemoryService>(),
            s.GetRequiredService<ServerLifecycle>(),
            metrics,
            time,
            s.GetRequiredService<ILogger<InferenceService>>()));
    }
}
