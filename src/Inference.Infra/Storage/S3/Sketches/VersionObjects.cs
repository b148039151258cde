namespace Inference.Infra.Storage.S3.Sketches;

/// <summary>What has to be downloaded for a version. Immutable.</summary>
/// <param name="Stamp">Stands for its content, as far as it comes from the store.</param>
/// <param name="Files">Objects by path in the version's folder.</param>
internal sealed record VersionObjects(string Stamp, IReadOnlyList<KeyValuePair<string, StoredObject>> Files)
{
    /// <summary>Bytes of all.</summary>
    public long Size => Files.Sum(f => f.Value.Size);
}
