using Inference.Domain;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>What runs the model, and which file it is in. Only ONNX models are served.</summary>
internal static class BackendSection
{
    private const string Backend = "onnxruntime";
    private const string Platform = "onnxruntime_onnx";
    private const string DefaultFile = "model.onnx";

    /// <summary>The artefact, relative to the version's folder.</summary>
    public static string Read(ConfigContext config)
    {
        var root = config.Root;
        var name = root.Text("name", string.Empty);
        if (name.Length > 0 && name != config.Folder.Name)
            root.Error("name", $"is {ErrorText.Quote(name)}, but the folder is {ErrorText.Quote(config.Folder.Name)}, under which the model is served; give both the same name.");
        var file = root.Text("default_model_filename", string.Empty);
        CheckKind(config, file.Length > 0 ? file : DefaultFile);
        config.Ignore("has no effect: the runtime is the server's own.", "runtime");
        CheckFiles(config);
        return file.Length > 0 ? file : DefaultFile;
    }

    private static void CheckKind(ConfigContext config, string file)
    {
        var root = config.Root;
        var (platform, backend) = (root.Text("platform", string.Empty), root.Text("backend", string.Empty));
        if (root.Find("ensemble_scheduling") is { } ensemble)
        {
            var steps = ensemble.Entries.Where(e => e.Key == "step").SelectMany(e => e.Value.Items).SelectMany(s => s.Entries).Where(e => e.Key == "model_name").Select(e => e.Value.Text);
            config.Refuse(ensemble.Location, $"ensemble_scheduling is not served: an ensemble of {ErrorText.List(steps)} would be needed; call these models one after the other.");
        }
        else if (backend is not ("" or Backend) || (backend.Length == 0 && platform is not ("" or Platform)))
        {
            var (key, value) = backend.Length > 0 ? ("backend", backend) : ("platform", platform);
            config.Refuse(root.Find(key)!.Location, $"{key} {ErrorText.Quote(value)} is not served; expected backend \"{Backend}\" or platform \"{Platform}\". Export the model to ONNX.{NearestName.Hint(value, [key == "backend" ? Backend : Platform])}");
        }
        else if (backend.Length == 0 && platform.Length == 0 && !file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            config.Refuse(root.Find("default_model_filename")!.Location, $"neither backend nor platform is given, and default_model_filename {ErrorText.Quote(file)} does not end in .onnx; only ONNX models are served: give backend \"{Backend}\" if it is one.");
        }
    }

    private static void CheckFiles(ConfigContext config)
    {
        // Which file is served would depend on the device, and with it the answers.
        if (config.Root.Find("cc_model_filenames") is { Entries.Count: > 0 } files && config.Root.Find("instance_group") is { } groups
            && groups.Items.Any(g => g.Entries.Any(e => e is { Key: "kind", Value.Text: "KIND_GPU" } or { Key: "gpus", Value.Items.Count: > 0 })))
        {
            config.Refuse(files.Location, "cc_model_filenames is not supported: the artefact is not chosen by the GPU's compute capability; name the one to serve in default_model_filename.");
        }

        config.Ignore("has no effect: it is for GPUs, on which this model does not run; default_model_filename is served.", "cc_model_filenames");
    }
}
