using System.Globalization;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Triton;

namespace Inference.Infra.Storage;

/// <summary>Adds to what was read of a model the stamps of its content.</summary>
internal static class StampedModel
{
    private const string WarmupFolder = "warmup";

    /// <summary>The model with stamps, and without the versions that are not complete.</summary>
    /// <param name="model">As read.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="marker">Name of the file that complete versions have; empty where they need none.</param>
    public static StoredModel Create(StoredModel model, string folder, string marker)
    {
        var own = new ContentStamp();
        foreach (var file in new[] { TritonFolder.ConfigName, ModelFolder.ManifestName })
            own.AddFile(file, Path.Combine(folder, file));
        own.Add(model.Problem);
        StoredVersion[] versions = [.. model.Versions.Where(v => marker.Length == 0 || File.Exists(Path.Combine(v.Folder.Path, marker))).Select(v => Version(v, folder))];
        return model with
        {
            Stamp = own.ToString(),
            Versions = versions,
            Problem = versions.Length == 0 && model.Versions.Count > 0 ? Incomplete(model, marker) : model.Problem,
        };
    }

    /// <summary>The stamp of a version's files, which <see cref="LocalVersion"/> compares.</summary>
    public static ContentStamp FilesOf(ArtefactFolder version, string modelFolder)
    {
        var stamp = new ContentStamp();
        if (TritonFolder.HasConfig(modelFolder))
            AddShared(stamp, modelFolder);
        stamp.AddFolder(version.Path);
        return stamp;
    }

    private static string Incomplete(StoredModel model, string marker) =>
        $"model {ErrorText.Quote(model.Name)} has no version that is complete: none of {ErrorText.List(model.Versions.Select(v => v.Version.ToString(CultureInfo.InvariantCulture)))} has the file {ErrorText.Quote(marker)}, which Repository:CompleteMarker asks for. Put it there when everything else is.";

    // The configuration, and the labels and warm-up data that it names, hold for every version.
    private static void AddShared(ContentStamp stamp, string modelFolder)
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(modelFolder).Where(p => !ContentStamp.IsTemporary(Path.GetFileName(p))).Order(StringComparer.Ordinal))
                stamp.AddFile(Path.GetFileName(path), path);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            stamp.Add(e.GetType().Name);
        }

        stamp.AddFolder(Path.Combine(modelFolder, WarmupFolder), WarmupFolder + "/");
    }

    private static StoredVersion Version(StoredVersion version, string folder)
    {
        var files = FilesOf(version.Folder, folder);
        files.Add(version.Problem);
        return version with { Stamp = files.ToString(), ChangedUtc = files.ChangedUtc, Bytes = files.Bytes };
    }
}
