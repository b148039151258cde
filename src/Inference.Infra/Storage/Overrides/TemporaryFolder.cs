namespace Inference.Infra.Storage.Overrides;

/// <summary>A folder below the system's temporary one that only this user may enter; deleted with all in it when disposed of.</summary>
internal sealed class TemporaryFolder(string prefix) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            // Gone already, or taken away from us: it is in the system's temporary folder, which is cleared by others, too.
        }
    }
}
