using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Services.Pipelines;

/// <summary>Puts pipelines together from what storage has: artefact, components and manifest, checked against each other. Thread-safe.</summary>
public sealed class PipelineLoader
{
    private readonly IExecutorFactory _executors;
    private readonly ComponentCatalogue _catalogue;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    public PipelineLoader(IExecutorFactory executors, ComponentCatalogue catalogue, TimeProvider time)
    {
        _executors = executors;
        _catalogue = catalogue;
        _time = time;
    }

    /// <summary>Loads one version. Blocks for as long as the runtime needs.</summary>
    /// <returns>The pipeline, owned by the caller.</returns>
    /// <exception cref="InferenceException">LoadFailed with the reason.</exception>
    /// <exception cref="ManifestException">Mistakes in the manifest.</exception>
    public async Task<Pipeline> LoadAsync(PipelineKey key, StoredVersion stored)
    {
        if (stored.Problem.Length > 0)
            throw new InferenceException(ErrorCode.LoadFailed, stored.Problem);
        var manifest = stored.Manifest;
        var pre = _catalogue.Preprocessor(manifest.Preprocessor.Name, manifest.Preprocessor.Location);
        var post = _catalogue.Postprocessor(manifest.Postprocessor.Name, manifest.Postprocessor.Location);
        Checksums.Verify(manifest, stored.Folder);
        var artefact = _executors.Load(stored.Folder.File(manifest.ModelFile), manifest.Execution, key.Describe());
        try
        {
            var preprocessor = pre.Create(Context(artefact.Spec, manifest.Preprocessor, stored.Folder));
            var postprocessor = post.Create(Context(artefact.Spec, manifest.Postprocessor, stored.Folder));
            CheckFit(manifest.Preprocessor, "feeds", preprocessor.Outputs, artefact.Spec.Inputs, all: true);
            CheckFit(manifest.Postprocessor, "needs", postprocessor.Inputs, artefact.Spec.Outputs, all: false);
            return new Pipeline(key, preprocessor, new Model(key.Describe(), artefact.Spec, artefact.Executor), postprocessor, _time)
            {
                Configuration = manifest.Configuration,
            };
        }
        catch
        {
            await artefact.Executor.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ComponentContext Context(ModelSpec spec, ComponentManifest component, ArtefactFolder folder) =>
        new(spec, new OptionReader(component.Options), folder);

    private static void CheckFit(ComponentManifest component, string verb, IReadOnlyList<TensorSpec> own, ImmutableArray<TensorSpec> model, bool all)
    {
        foreach (var tensor in own)
        {
            var other = model.FirstOrDefault(m => m.Name == tensor.Name);
            if (other is null || !tensor.IsCompatibleWith(other))
            {
                var there = other is null ? $"the model has {ErrorText.Join(model.Select(m => $"{ErrorText.Quote(m.Name)} {m.Describe()}"))}" : $"the model has {other.Describe()}";
                throw Misfit(component, $"{verb} {ErrorText.Quote(tensor.Name)} {tensor.Describe()}, but {there}");
            }
        }

        if (all && model.FirstOrDefault(m => own.All(o => o.Name != m.Name)) is { } missing)
            throw Misfit(component, $"does not feed the model's input {ErrorText.Quote(missing.Name)} {missing.Describe()}");
    }

    private static InferenceException Misfit(ComponentManifest component, string what) =>
        new(ErrorCode.LoadFailed, $"{component.Location}: component {ErrorText.Quote(component.Name)} {what}.");
}
