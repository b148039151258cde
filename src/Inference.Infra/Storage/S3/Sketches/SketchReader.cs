using System.Runtime.CompilerServices;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.S3.Caching;
using Inference.Infra.Storage.Triton;

namespace Inference.Infra.Storage.S3.Sketches;

/// <summary>Reads models of an object store as those of a folder are read, and remembers which objects their versions are. Thread-safe.</summary>
internal sealed class SketchReader(ObjectCache cache, ProcessFolder scratch, ExecutionOptions defaults, string marker, bool isSingle)
{
    // By the folder that a version was listed with, which stays with it for as long as somebody has it.
    private readonly ConditionalWeakTable<ArtefactFolder, VersionObjects> _versions = [];

    /// <summary>What has to be downloaded for a version; null where it was not read here.</summary>
    public VersionObjects? Objects(StoredVersion version) => _versions.TryGetValue(version.Folder, out var objects) ? objects : null;

    /// <summary>The model.</summary>
    /// <param name="model">Its objects.</param>
    /// <param name="configuration">Takes the place of stored ones; null for those.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The model, and the folder that its configuration names files in; null where it names none.</returns>
    /// <exception cref="StoreException">The store does not answer, or nothing can be kept here.</exception>
    public async Task<(StoredModel Model, string? Folder)> ReadAsync(ModelObjects model, string? configuration, CancellationToken cancellation)
    {
        if (model.IsTooLarge)
            return (Unreadable(model, $"model {ErrorText.Quote(model.Name)} has more objects than a model can have; check Repository:Path."), null);
        var folder = scratch.Next();
        var isKept = false;
        try
        {
            if (ObjectPath.IsPart(model.Name))
                await new ModelSketch(model, folder, cache).DrawAsync(isSingle, cancellation).ConfigureAwait(false);
            var stored = Stamped(model, folder, Read(model, folder, configuration));
            isKept = stored.Versions.Any(v => v.Manifest.Warmup.Samples.Any(s => s.Inputs.Any(i => i.File.Length > 0)));
            return (stored, isKept ? folder : null);
        }
        catch (StoreException e) when (e.Failure is StoreFailure.Refused or StoreFailure.Changed or StoreFailure.Corrupt or StoreFailure.Unproven or StoreFailure.NoRoom)
        {
            return (Unreadable(model, e.Message), null);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw CacheFolder.Unusable(e, scratch.Path);
        }
        finally
        {
            if (!isKept)
                ProcessFolder.Remove(folder);
        }
    }

    private static StoredModel Unreadable(ModelObjects model, string problem) => new(model.Name, new ModelManifest(), [], problem) { IsUnreadable = true };

    private static string Joined(string first, string second) => $"{first} {second}".Trim();

    private StoredModel Read(ModelObjects model, string folder, string? configuration)
    {
        var context = new RepositoryContext(scratch.Path, defaults) { Configuration = configuration };
        var stored = isSingle
            ? SingleModelFolder.Read(model.Name, folder, context)
            : ModelFolder.Read(new SubFolder(model.Name, folder, string.Empty), context);
        return StampedModel.Create(stored with { Problem = Joined(stored.Problem, model.Problem(string.Empty)) }, folder, marker);
    }

    // By what the store says of the objects instead of what the file system says of the sketch.
    private StoredModel Stamped(ModelObjects model, string folder, StoredModel stored)
    {
        var own = model.Files.Where(f => f.Key is TritonFolder.ConfigName or ModelFolder.ManifestName);
        return stored with { Stamp = ModelObjects.Hash(own, stored.Problem), Versions = [.. stored.Versions.Select(v => Stamped(model, folder, v))] };
    }

    private StoredVersion Stamped(ModelObjects model, string folder, StoredVersion version)
    {
        var within = Path.GetRelativePath(folder, version.Folder.Path) is var path && path == "." ? string.Empty : path;
        KeyValuePair<string, StoredObject>[] files = [.. model.Below(within)];
        KeyValuePair<string, StoredObject>[] shared = model.Files.ContainsKey(TritonFolder.ConfigName) ? [.. model.BesideVersions()] : [];
        var problem = Joined(within.Length > 0 ? model.Problem(within) : string.Empty, version.Problem);
        var stamp = ModelObjects.Hash(shared.Concat(files), problem);
        _versions.AddOrUpdate(version.Folder, new VersionObjects(stamp, files));
        return version with
        {
            Problem = problem,
            Stamp = stamp,
            ChangedUtc = shared.Concat(files).Select(f => f.Value.ModifiedUtc).DefaultIfEmpty(DateTime.UnixEpoch).Max(),
        };
    }
}
