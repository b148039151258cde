using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads <c>pipeline.yaml</c>. Component options are kept as they are, for the component to read.</summary>
internal static class PipelineManifestReader
{
    private const int MaxWarmupRuns = 1_000;
    private const int MaxWarmupRows = 65_536;

    /// <summary>The manifest, or every mistake in it.</summary>
    /// <param name="root">The file's root.</param>
    /// <param name="defaults">What holds for execution where the manifest says nothing.</param>
    /// <exception cref="ManifestException">Every mistake, with file and line.</exception>
    public static PipelineManifest Read(OptionNode root, ExecutionOptions defaults)
    {
        var reader = new OptionReader(root);
        var model = reader.Section("model");
        var file = ModelFile(model);
        var manifest = new PipelineManifest
        {
            ModelFile = file,
            Sha256 = ChecksumReader.Read(model, file),
            Preprocessor = Component(reader, "preprocessor"),
            Postprocessor = Component(reader, "postprocessor"),
            Execution = Execution(root, reader, defaults),
            Warmup = Warmup(reader.Section("warmup")),
        };
        reader.Finish();
        return manifest;
    }

    private static string ModelFile(OptionReader section)
    {
        var file = section.Text("file", new PipelineManifest().ModelFile);
        if (file.Length == 0)
            section.Error("file", "is empty; name the artefact relative to the version's folder, such as model.onnx.");
        return file;
    }

    private static ExecutionOptions Execution(OptionNode root, OptionReader reader, ExecutionOptions defaults)
    {
        var section = reader.Section("execution");
        ExecutionManifestReader.CheckOldKeys(root, section);
        return ExecutionManifestReader.Read(section, defaults) with
        {
            Queue = QueueManifestReader.Read(reader.Section("queue"), defaults.Queue),
            Batching = BatchingManifestReader.Read(reader, defaults.Batching),
        };
    }

    private static ComponentManifest Component(OptionReader root, string key)
    {
        var section = root.Section(key);
        var passthrough = ComponentManifest.Passthrough(section.Location.File);
        if (!root.Has(key))
            return passthrough;
        var name = section.RequiredText("name");
        var location = section.Find("name")?.Location ?? section.Location;
        var options = section.Find("options") ?? OptionNode.Section([], section.Location);
        if (options.Kind != OptionKind.Section)
            section.Error("options", "must have keys with values; leave it out where there are none.");
        return new ComponentManifest(name, options, location);
    }

    private static WarmupOptions Warmup(OptionReader section) => new(
        (int)section.Integer("runs", 1, 0, MaxWarmupRuns),
        (int)section.Integer("rows", 1, 1, MaxWarmupRows));
}
