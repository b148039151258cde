using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Storage that holds the test's models, each with the same empty file as its artefact.</summary>
internal sealed class TestRepository : IModelRepository, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grpc-tests");

    public TestRepository() => File.WriteAllBytes(Path.Combine(_folder.FullName, "model.onnx"), []);

    public IReadOnlyList<TestModel> Models { get; set; } = [];

    public string Location => _folder.FullName;

    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<StoredModel>>([.. Models.Select(Store)]);

    public void Dispose() => _folder.Delete(recursive: true);

    private StoredModel Store(TestModel model) => new(model.Name, new ModelManifest(), [.. model.Versions.Select(v => StoreVersion(model, v))]);

    private StoredVersion StoreVersion(TestModel model, long version)
    {
        var manifest = new PipelineManifest { Warmup = new WarmupOptions(0, 1) };
        if (model.IsDecoupled)
            manifest = manifest with { Preprocessor = manifest.Preprocessor with { Name = TestSplitterFactory.ComponentName } };
        return new StoredVersion(version, new ArtefactFolder(_folder.FullName), manifest);
    }
}
