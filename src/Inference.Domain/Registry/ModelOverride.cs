namespace Inference.Domain.Registry;

/// <summary>What a load by call brings in place of what storage has. Immutable; nothing of it is ever written into the storage.</summary>
/// <param name="Configuration">JSON of a model's configuration, as the protocol's ModelConfig has it; replaces every stored configuration.</param>
/// <param name="Files">
/// Content by name, <c>&lt;version&gt;/&lt;path&gt;</c>. Where there is any, these are all versions and files that the model has;
/// else they are those of the storage.
/// </param>
public sealed record ModelOverride(string Configuration, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files);

/// <summary>A model as a load by call wants it.</summary>
/// <param name="stored">What is to be loaded.</param>
/// <param name="files">Private files, deleted when disposed of; null where there are none.</param>
public sealed class OverriddenModel(StoredModel stored, IDisposable? files) : IDisposable
{
    /// <summary>What is to be loaded.</summary>
    public StoredModel Stored { get; } = stored;

    /// <summary>Deletes the private files; to be called once nothing loads them any more. Can be called again.</summary>
    public void Dispose() => files?.Dispose();
}
