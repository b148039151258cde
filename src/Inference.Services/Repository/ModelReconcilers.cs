using System.Collections.Concurrent;

namespace Inference.Services.Repository;

/// <summary>The reconcilers of all models that were ever known. Thread-safe.</summary>
internal sealed class ModelReconcilers(ReconcilerContext context)
{
    private readonly ConcurrentDictionary<string, ModelReconciler> _models = new(StringComparer.Ordinal);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyCollection<KeyValuePair<string, ModelReconciler>> All => [.. _models];

    /// <summary>Whether a model was ever known.</summary>
    public bool Has(string name) => _models.ContainsKey(name);

    /// <summary>The model's, made where it is new.</summary>
    public ModelReconciler Get(string name) => _models.GetOrAdd(name, n => new ModelReconciler(n, context));
}
