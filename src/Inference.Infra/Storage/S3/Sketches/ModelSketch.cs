using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Manifests;
using Inference.Infra.Storage.S3.Caching;
using Inference.Infra.Storage.Triton;

namespace Inference.Infra.Storage.S3.Sketches;

/// <summary>
/// A model's folder as it would be, in which only what is read of it before it is loaded has content: manifests, configurations and
/// what these name. So readers of folders read it, and nothing large is downloaded to know what there is. Not thread-safe.
/// </summary>
internal sealed class ModelSketch(ModelObjects model, string folder, ObjectCache cache)
{
    private const long LargestShared = 64 << 20;
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Makes the folder's files.</summary>
    /// <param name="isVersion">The model's folder may be that of its only version.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreException">A file could not be had.</exception>
    public async Task DrawAsync(bool isVersion, CancellationToken cancellation)
    {
        var shared = model.Files.ContainsKey(TritonFolder.ConfigName) ? model.BesideVersions().Select(f => f.Key).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var (path, file) in model.Files)
        {
            var target = Path.Combine(folder, path);
            if (_made.Add(Path.GetDirectoryName(target)!))
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (shared.Contains(path) && file.Size > LargestShared)
                throw new StoreException(StoreFailure.Refused, $"{path} of model {ErrorText.Quote(model.Name)} has {file.Size} bytes, and what stands beside config.pbtxt may have {LargestShared}; move it into the folder of a version.");
            if (shared.Contains(path) || (IsManifest(path, isVersion) && file.Size <= ManifestFile.MaxBytes))
                await cache.PlaceAsync(file, target, cancellation).ConfigureAwait(false);
            else
                Leave(target, file.Size);
        }

        // What is wrong with a version is told as its problem, so it has to be there.
        foreach (var version in model.Suspects.Where(s => s.Length > 0))
            Directory.CreateDirectory(Path.Combine(folder, version));
    }

    private static bool IsManifest(string path, bool isVersion) => path.Split('/') switch
    {
        [TritonFolder.ConfigName or ModelFolder.ManifestName] => true,
        [VersionFolder.ManifestName] => isVersion,
        [var version, VersionFolder.ManifestName] => PipelineKey.TryParseVersion(version, out _),
        _ => false,
    };

    // A manifest that is too large is told to be so by its length; the file takes no room.
    private static void Leave(string target, long size)
    {
        using var file = new FileStream(target, FileMode.CreateNew);
        if (Path.GetFileName(target) is VersionFolder.ManifestName or ModelFolder.ManifestName or TritonFolder.ConfigName)
            file.SetLength(Math.Min(size, ManifestFile.MaxBytes + 1L));
    }
}
