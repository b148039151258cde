using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Services.Tests.Fakes;

/// <summary>A repository that has what a test says at each look. Thread-safe.</summary>
/// <param name="look">What a look finds, by its number from 1; it may throw.</param>
internal sealed class ScriptedRepository(Func<int, IReadOnlyList<StoredModel>> look) : IModelRepository
{
    private int _looks;

    public string Location => "scripted";

    public int Looks => Volatile.Read(ref _looks);

    /// <summary>To be called after a change, while somebody watches.</summary>
    public Action? Changed { get; private set; }

    /// <summary>Model m with version 1 of some content.</summary>
    public static StoredModel Model(string content, DateTime? changed = null) => new("m", new ModelManifest(), [new StoredVersion(1, new ArtefactFolder("/"), new PipelineManifest()) { Stamp = content, ChangedUtc = changed ?? default }]);

    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) => new(look(Interlocked.Increment(ref _looks)));

    public IDisposable Watch(Action changed)
    {
        Changed = changed;
        return new Watching();
    }

    private sealed class Watching : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
