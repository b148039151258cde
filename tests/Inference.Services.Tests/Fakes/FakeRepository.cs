using System.Collections.Frozen;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Services.Tests.Fakes;

/// <summary>A repository of models that a test names; every version has an empty artefact in a temporary folder.</summary>
internal sealed class FakeRepository : IModelRepository, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-tests-");
    private readonly List<StoredModel> _models = [];

    public string Location => "fake";

    /// <summary>Thrown instead of listing.</summary>
    public Exception? ListError { get; set; }

    public ArtefactFolder Folder
    {
        get
        {
            File.WriteAllBytes(Path.Combine(_folder.FullName, "model.onnx"), []);
            return new ArtefactFolder(_folder.FullName);
        }
    }

    public FakeRepository Add(string name, params long[] versions) => Add(name, [.. versions.Select(v => Version(v))]);

    public FakeRepository Add(string name, StoredVersion[] versions, VersionRoute? route = null, string problem = "", Dictionary<string, long>? labels = null, ManifestNote[]? notes = null, VersionPolicy? policy = null)
    {
        var manifest = new ModelManifest { DefaultRoute = route, Labels = (labels ?? []).ToFrozenDictionary(), Notes = [.. notes ?? []], VersionPolicy = policy ?? VersionPolicy.All };
        _models.Add(new StoredModel(name, manifest, versions, problem));
        return this;
    }

    /// <summary>What a model of that name is from now on.</summary>
    public void Change(string name, Func<StoredModel, StoredModel> change)
    {
        var index = _models.FindIndex(m => m.Name == name);
        _models[index] = change(_models[index]);
    }

    public StoredVersion Version(long version, PipelineManifest? manifest = null, string problem = "") =>
        new(version, Folder, manifest ?? new PipelineManifest { Warmup = new WarmupOptions(0, 1) }, problem);

    /// <summary>Number of fetches, from the first one on, that find other files than those that were listed once they were read.</summary>
    public int OutdatedFetches { get; set; }

    /// <summary>How often files were fetched.</summary>
    public int Fetches { get; private set; }

    public ValueTask<FetchedVersion> FetchAsync(string model, StoredVersion version, CancellationToken cancellation) =>
        new(new Fetched(version.Folder, isUnchanged: ++Fetches > OutdatedFetches));

    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) =>
        ListError is { } error ? throw error : new ValueTask<IReadOnlyList<StoredModel>>(_models);

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Fetched(ArtefactFolder folder, bool isUnchanged) : FetchedVersion(folder)
    {
        public override bool IsUnchanged() => isUnchanged;
    }
}
