using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.S3.Caching;

namespace Inference.Infra.Storage.S3;

/// <summary>A version whose files were downloaded. Each is the very object that was listed, whatever the store has by now.</summary>
internal sealed class S3Version(string folder, RoomLease room) : FetchedVersion(new ArtefactFolder(folder))
{
    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        ProcessFolder.Remove(Folder.Path);
        room.Dispose();
        return base.DisposeAsync();
    }
}
