using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Domain.Tensors;
using Inference.Services.Cache;
using Inference.Services.Health;
using Inference.Services.Infer;
using Inference.Services.Metadata;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Routing;
using Inference.Services.SharedMemory;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Services.Tests.Fakes;

/// <summary>All services over fakes, without a transport. Configure it, then load.</summary>
internal sealed class TestEngine : IDisposable
{
    private readonly Func<RepositoryService> _createRepositoryService;

    public TestEngine(int maxConcurrentRequests = 100, VersionRoute? defaultRoute = null, TimeProvider? time = null, int loadThreads = 2, RepositoryOptions? repository = null, CacheOptions? cache = null)
    {
        time ??= TimeProvider.System;
        Routing = new RoutingService(Registry, defaultRoute);
        Cache = cache is null ? null : new PipelineCache(cache, CacheMetrics, time, NullLogger<PipelineCache>.Instance);
        Catalogue = new ComponentCatalogue(Preprocessors, Postprocessors);
        _createRepositoryService = () => new RepositoryService(
            Repository,
            Registry,
            new PipelineLoader(Executors, Catalogue, time),
            Metrics,
            time,
            NullLogger<RepositoryService>.Instance,
            (repository ?? new RepositoryOptions { Mode = "none" }) with { LoadThreads = loadThreads },
            Cache);
        RepositoryService = _createRepositoryService();
        SharedMemory = new SharedMemoryService(new SharedMemoryOptions { Enabled = true }, Objects, new NoCuda(), Metrics, NullLogger<SharedMemoryService>.Instance);
        Inference = new InferenceService(
            Routing,
            Registry,
            new Admission(maxConcurrentRequests, Metrics),
            SharedMemory,
            Lifecycle,
            Metrics,
            time,
            NullLogger<InferenceService>.Instance);
        Metadata = new MetadataService(Registry, Routing);
        Health = new HealthService(Lifecycle, Registry, Routing, RepositoryService);
    }

    public FakeRepository Repository { get; } = new();

    public FakeExecutorFactory Executors { get; } = new();

    public RecordingMetrics Metrics { get; } = new();

    public RecordingCacheMetrics CacheMetrics { get; } = new();

    /// <summary>Null where everything is loaded at once and for good.</summary>
    public PipelineCache? Cache { get; }

    public PipelineRegistry Registry { get; } = new();

    public ServerLifecycle Lifecycle { get; } = new();

    public ComponentCatalogue Catalogue { get; }

    public RoutingService Routing { get; }

    public RepositoryService RepositoryService { get; private set; }

    public FakeObjects Objects { get; } = new();

    public SharedMemoryService SharedMemory { get; }

    public InferenceService Inference { get; }

    public MetadataService Metadata { get; }

    public HealthService Health { get; }

    private static IEnumerable<IPreprocessorFactory> Preprocessors => [];

    private static IEnumerable<IPostprocessorFactory> Postprocessors => [];

    /// <summary>An engine that serves version 1 of model m, which doubles x into y.</summary>
    public static async Task<TestEngine> LoadedAsync(FakeExecutor? executor = null, int maxConcurrentRequests = 100, TimeProvider? time = null)
    {
        var engine = new TestEngine(maxConcurrentRequests, time: time);
        engine.Repository.Add("m", 1);
        if (executor is not null)
            engine.Executors.Serve("model 'm' version 1", executor);
        await engine.LoadAsync();
        return engine;
    }

    public async Task LoadAsync()
    {
        await RepositoryService.DiscoverAsync(CancellationToken.None);
        await RepositoryService.LoadDiscoveredAsync(CancellationToken.None);
    }

    /// <summary>Loads everything again after it was unloaded for good, as a new process would.</summary>
    public Task ReopenAsync()
    {
        RepositoryService.Dispose();
        RepositoryService = _createRepositoryService();
        return LoadAsync();
    }

    /// <summary>One row for input x; the caller disposes of it.</summary>
    public static TensorSet Row(float first, float second) =>
        new TensorSet().Add("x", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 2), [first, second]));

    public void Dispose()
    {
        RepositoryService.Dispose();
        Cache?.Dispose();
        SharedMemory.Dispose();
        Lifecycle.Dispose();
        Repository.Dispose();
    }
}
