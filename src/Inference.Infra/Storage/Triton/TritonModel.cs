using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Components.Shapes;
using Inference.Infra.Storage.Triton.Mapping;
using Inference.Infra.Storage.Triton.Schema;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Storage.Triton;

/// <summary>What <c>config.pbtxt</c> comes to.</summary>
/// <param name="Model">Versions and routes.</param>
/// <param name="Pipeline">How each version is served.</param>
internal sealed record TritonModel(ModelManifest Model, PipelineManifest Pipeline)
{
    /// <summary>Reads a configuration.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="repository">Root and defaults.</param>
    /// <exception cref="ManifestException">Every mistake, and everything that is not served, with file, line and column.</exception>
    public static TritonModel Read(TextMessage written, SubFolder folder, RepositoryContext repository)
    {
        var (root, warnings) = ConfigurationNodes.Read(written, ModelConfigSchema.Message);
        var config = new ConfigContext(root, folder, repository);
        foreach (var warning in warnings)
            config.Warn(warning);
        var model = LoadingParameters.Read(config, VersionSection.Read(config));
        var pipeline = ReadPipeline(config);
        UnservedSections.Check(config);
        config.Finish();
        return new TritonModel(model with { Notes = [.. config.Notes] }, pipeline with { Configuration = config.Effective });
    }

    private static PipelineManifest ReadPipeline(ConfigContext config)
    {
        var file = BackendSection.Read(config);
        var contract = BatchingSection.Rows(config);
        var rowsImplied = contract.MaxRows > 0;
        var inputs = TensorSection.Read(config, "input", rowsImplied);
        var outputs = TensorSection.Read(config, "output", rowsImplied);
        contract = contract with { Inputs = inputs.Tensors, Outputs = outputs.Tensors };
        QueueSection.CheckLevels(config);
        var execution = ParameterSection.Read(config, OptimizationSection.Read(config, InstanceSection.Read(config)));
        config.Set("default_model_filename", OptionNode.Scalar(file, config.Root.Location));
        return new PipelineManifest
        {
            ModelFile = file,
            Preprocessor = inputs.Component(ReshapeInputsFactory.Key),
            Postprocessor = outputs.Component(ReshapeOutputsFactory.Key),
            Execution = execution with { Contract = contract, Batching = BatchingSection.Read(config, contract), Queue = QueueSection.Read(config) },
            Warmup = WarmupSection.Read(config, contract),
        };
    }
}
