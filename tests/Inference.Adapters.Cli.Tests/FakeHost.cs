using Inference.Services.Infer;
using Inference.Services.Metadata;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;

namespace Inference.Adapters.Cli.Tests;

/// <summary>Opens an engine over fakes; keeps the arguments that it was given.</summary>
internal sealed class FakeHost(TestEngine engine) : ICommandHost
{
    public string[]? Served { get; private set; }

    public string[]? Opened { get; private set; }

    public bool Closed { get; private set; }

    /// <summary>Thrown instead of serving or opening.</summary>
    public Exception? Error { get; set; }

    public Task<int> ServeAsync(string[] configurationArguments, CancellationToken cancellation)
    {
        Served = configurationArguments;
        return Error is null ? Task.FromResult(0) : Task.FromException<int>(Error);
    }

    public async Task<ILocalEngine> OpenAsync(string[] configurationArguments, CancellationToken cancellation)
    {
        Opened = configurationArguments;
        if (Error is not null)
            throw Error;
        await (Closed ? engine.ReopenAsync() : engine.LoadAsync());
        return new Engine(this, engine);
    }

    private sealed class Engine(FakeHost host, TestEngine engine) : ILocalEngine
    {
        public InferenceService Inference => engine.Inference;

        public RepositoryService Repository => engine.RepositoryService;

        public MetadataService Metadata => engine.Metadata;

        public async ValueTask DisposeAsync()
        {
            await engine.RepositoryService.UnloadAllAsync(CancellationToken.None);
            host.Closed = true;
        }
    }
}
