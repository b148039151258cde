using System.Collections.Concurrent;

namespace Inference.Domain.Registry;

/// <summary>
/// All models that the server knows. Reads take no lock and cost the same whatever the number of models; a model is
/// replaced as a whole, so that a request sees one state of it. Thread-safe.
/// </summary>
public sealed class PipelineRegistry
{
    private readonly ConcurrentDictionary<string, ModelEntry> _models = new(StringComparer.Ordinal);

    /// <summary>All models, by name.</summary>
    public IReadOnlyList<ModelEntry> Models => [.. _models.Values.OrderBy(m => m.Name, StringComparer.Ordinal)];

    /// <summary>The model of that name, or null.</summary>
    public ModelEntry? Find(string name) => _models.GetValueOrDefault(name);

    /// <summary>The model of that name.</summary>
    /// <exception cref="InferenceException">ModelNotFound, with the nearest name.</exception>
    public ModelEntry Get(string name) =>
        Find(name) ?? throw new InferenceException(
            ErrorCode.ModelNotFound,
            name.Length == 0
                ? "the request names no model; set model_name."
                : $"model {ErrorText.Quote(name)} is not in the repository.{NearestName.Hint(name, _models.Keys)}");

    /// <summary>Puts a model in, or replaces it.</summary>
    public void Publish(ModelEntry model) => _models[model.Name] = model;

    /// <summary>Takes a model out; its pipelines are the caller's to unload.</summary>
    public bool Remove(string name) => _models.TryRemove(name, out _);
}
