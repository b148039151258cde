using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>Loads and unloads models by call, which only mode explicit has. Thread-safe.</summary>
internal sealed class ModelControl(IModelRepository repository, RepositoryFollower follower, ModelReconcilers models, RepositoryOptions options) : IDisposable
{
    private const string ExplicitMode = "explicit";
    private readonly KeptOverrides _overrides = new();
    private long _revision;

    public bool IsExplicit => options.Mode == ExplicitMode;

    public async Task LoadAsync(string name, CancellationToken cancellation)
    {
        RequireExplicit("loaded");
        var stored = await follower.FindAsync(name, cancellation).ConfigureAwait(false) ?? throw NotInStorage(name);
        await LoadAsync(new OverriddenModel(stored, null), cancellation).ConfigureAwait(false);
    }

    public async Task LoadAsync(string name, ModelOverride replaced, CancellationToken cancellation)
    {
        RequireExplicit("loaded");
        var model = await repository.OverrideAsync(name, replaced, cancellation).ConfigureAwait(false) ?? throw NotInStorage(name);
        await LoadAsync(model, cancellation).ConfigureAwait(false);
    }

    public async Task UnloadAsync(string name, CancellationToken cancellation)
    {
        RequireExplicit("unloaded");
        var stored = await repository.FindAsync(name, cancellation).ConfigureAwait(false);
        if (stored is null && !models.Has(name))
            throw NotInStorage(name);
        var revision = Interlocked.Increment(ref _revision);
        var model = models.Get(name);
        model.Set(new ModelWish(stored, IsWanted: false, revision));
        await model.WaitUnusedAsync(cancellation).ConfigureAwait(false);
        _overrides.Supersede(name, revision);
    }

    public void Dispose() => _overrides.Dispose();

    private static InferenceException NotInStorage(string name) => new(
        ErrorCode.ModelNotFound,
        name.Length == 0 ? "the request names no model; set model_name." : $"model {ErrorText.Quote(name)} is not in the repository; RepositoryIndex lists what is.");

    private async Task LoadAsync(OverriddenModel model, CancellationToken cancellation)
    {
        var (stored, revision) = (model.Stored, Interlocked.Increment(ref _revision));

        // Kept even where nobody waits for the load any more, since it goes on.
        _overrides.Keep(stored.Name, revision, model);
        var served = ServedVersions.Of(stored);
        if (stored.IsUnreadable || served.Versions.Count == 0)
        {
            _overrides.Drop(stored.Name, revision);
            throw new InferenceException(ErrorCode.LoadFailed, served.Problem.Contains(ErrorText.Quote(stored.Name), StringComparison.Ordinal) ? served.Problem : $"model {ErrorText.Quote(stored.Name)}: {served.Problem}");
        }

        var reconciler = models.Get(stored.Name);
        reconciler.Set(new ModelWish(stored, IsWanted: true, revision));
        var failures = await reconciler.WaitAsync(revision, cancellation).ConfigureAwait(false);
        if (failures.Count < served.Versions.Count)
            _overrides.Supersede(stored.Name, revision);
        else
            _overrides.Drop(stored.Name, revision);
        if (failures.Count > 0)
            throw new InferenceException(ErrorCode.LoadFailed, string.Join(" ", failures));
    }

    private void RequireExplicit(string done)
    {
        if (!IsExplicit)
            throw new InferenceException(ErrorCode.WrongMode, $"models are {done} by call only in control mode explicit, and this server's is {options.Mode}; set Repository:Mode to explicit, or change the files of the repository.");
    }
}
