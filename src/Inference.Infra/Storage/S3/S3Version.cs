using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.S3.Caching;

namespace Inference.Infra.Storage.S3;

/// <summary>A version whose files were downloaded. Each is the very object that was listed, whatever the store has by now.</summary>
internal sealed class S3Version(string folder, Action release) : FetchedVersion(new ArtefactFolder(folder))
{
    private Action? _release = release;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _release, null) is { } once)
        {
            ProcessFolder.Remove(Folder.Path);
            once();
        }

        return base.DisposeAsync();
    }
}
