using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Health;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Http.Tests;

/// <summary>The adapter behind real Kestrel on a free loopback port, over an empty repository.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpServer(WebApplication app)
    {
        _app = app;
        Lifecycle = app.Services.GetRequiredService<ServerLifecycle>();
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(30) };
    }

    public ServerLifecycle Lifecycle { get; }

    public HttpClient Client { get; }

    public static async Task<HttpServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpAdapter();
        builder.Services.AddSingleton<ServerLifecycle>();
        builder.Services.AddSingleton<PipelineRegistry>();
        builder.Services.AddSingleton<IModelRepository, EmptyRepository>();
        builder.Services.AddSingleton<IExecutorFactory, NoExecutors>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ComponentCatalogue([], []));
        builder.Services.AddSingleton<PipelineLoader>();
        builder.Services.AddSingleton(p => ActivatorUtilities.CreateInstance<RepositoryService>(p, new RepositoryOptions { Mode = "none" }));
        builder.Services.AddSingleton(p => new RoutingService(p.GetRequiredService<PipelineRegistry>(), defaultRoute: null));
        builder.Services.AddSingleton<HealthService>();
        var app = builder.Build();
        app.MapHealth();
        app.MapMetrics();
        await app.StartAsync();
        return new HttpServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class EmptyRepository : IModelRepository
    {
        public string Location => "nowhere";

        public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) => new([]);
    }

    private sealed class NoExecutors : IExecutorFactory
    {
        public LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label) =>
            throw new InvalidOperationException("An empty repository has nothing to load.");
    }
}
