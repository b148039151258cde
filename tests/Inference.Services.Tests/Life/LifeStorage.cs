using System.Collections.Frozen;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Services.Tests.Life;

/// <summary>Storage as events leave it. Changed by the test's thread alone, while nobody looks.</summary>
internal sealed class LifeStorage : IModelRepository, IDisposable
{
    public const string Label = "stable";
    private const int Contents = 10;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-life-");
    private readonly SortedDictionary<string, StoredModel> _models = new(StringComparer.Ordinal);
    private int _changes;

    public LifeStorage()
    {
        for (var content = 0; content < Contents; content++)
            File.WriteAllBytes(Path.Combine(_folder.FullName, FileOf(content)), []);
    }

    /// <summary>Lets whoever watches look.</summary>
    public Action Signal { get; private set; } = () => { };

    public string Location => "life";

    public IReadOnlyList<StoredModel> Models => [.. _models.Values];

    public StoredModel? Find(string name) => _models.GetValueOrDefault(name);

    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) => new(Models);

    public IDisposable Watch(Action changed)
    {
        Signal = changed;
        return new CancellationTokenSource();
    }

    public void Change(in LifeEvent change)
    {
        var (name, version, choice) = ($"m{change.Model}", change.Version, change.Choice);
        if (change.Kind == LifeEventKind.NoModel)
            _models.Remove(name);
        else if (change.Kind is LifeEventKind.Content or LifeEventKind.Broken)
            SetVersion(name, Version(version, choice, change.Kind == LifeEventKind.Broken ? "it is broken in storage." : string.Empty));
        else if (_models.TryGetValue(name, out var model))
            _models[name] = (change.Kind == LifeEventKind.NoVersion ? Without(model, version) : model with { Manifest = Changed(model.Manifest, change) }) with { Stamp = $"{_changes++}" };
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string FileOf(int content) => $"c{content}.onnx";

    private static StoredModel Without(StoredModel model, long version) => model with { Versions = [.. model.Versions.Where(v => v.Version != version)] };

    private static ModelManifest Changed(ModelManifest manifest, in LifeEvent change)
    {
        var fixedVersion = VersionRoute.TryParse($"{change.Version}");
        return change.Kind switch
        {
            LifeEventKind.Policy => manifest with
            {
                VersionPolicy = (change.Choice % 4) switch
                {
                    0 => VersionPolicy.All,
                    3 => VersionPolicy.Specific([change.Version, (change.Choice % 3) + 1]),
                    var count => VersionPolicy.Latest(count),
                },
            },
            LifeEventKind.Route => manifest with { DefaultRoute = (change.Choice % 4) switch { 0 => null, 1 => VersionRoute.Latest, 2 => VersionRoute.TryParse(Label), _ => fixedVersion } },
            LifeEventKind.Label => manifest with { Labels = new Dictionary<string, long> { [Label] = change.Version }.ToFrozenDictionary() },
            LifeEventKind.Pin => manifest with { IsPinned = change.Choice % 2 == 0 },
            _ => manifest with { IsLazy = (change.Choice % 3) switch { 0 => null, 1 => true, _ => false } },
        };
    }

    private StoredVersion Version(long version, int content, string problem) =>
        new(version, new ArtefactFolder(_folder.FullName), new PipelineManifest { ModelFile = FileOf(content), Warmup = new WarmupOptions(0, 1) }, problem) { Stamp = $"{FileOf(content)}{problem}" };

    private void SetVersion(string name, StoredVersion version)
    {
        var model = Without(_models.GetValueOrDefault(name) ?? new StoredModel(name, new ModelManifest(), []) { Stamp = $"{_changes++}" }, version.Version);
        _models[name] = model with { Versions = [.. model.Versions.Append(version).OrderBy(v => v.Version)] };
    }
}
