using System.Text;
using Inference.Adapters.Cli.Engines;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Registry;

namespace Inference.Adapters.Cli.Output;

/// <summary>A list of models for a person. Names may come from a server that is not ours, so they are made printable.</summary>
internal static class ModelListText
{
    public static string Write(IReadOnlyList<ModelDescription> models)
    {
        if (models.Count == 0)
            return "No models." + Environment.NewLine;
        var text = new StringBuilder();
        foreach (var model in models)
        {
            text.Append(Name(model)).Append("  ").Append(ErrorText.Bound(model.State));
            text.AppendLine(model.Reason.Length > 0 ? $": {ErrorText.Bound(model.Reason)}" : string.Empty);
            if (model.Contract is not { } contract)
                continue;
            text.AppendLine($"    inputs:  {Tensors(contract.Inputs)}");
            text.AppendLine($"    outputs: {Tensors(contract.Outputs)}");
        }

        return text.ToString();
    }

    /// <summary>One line: ok with inputs and outputs, or FAILED with the reason.</summary>
    public static string Verdict(ModelDescription model) => model.Contract is { } contract && model.IsReady
        ? $"ok      {Name(model)}  {Tensors(contract.Inputs)} -> {Tensors(contract.Outputs)}"
        : $"FAILED  {Name(model)}  {ErrorText.Bound(model.Reason.Length > 0 ? model.Reason : $"its state is {model.State}.")}";

    /// <summary>One line below a verdict.</summary>
    public static string Note(ManifestNote note) => $"        {(note.IsWarning ? "warning: " : string.Empty)}{ErrorText.Bound(note.Text)}";

    private static string Name(ModelDescription model) =>
        model.Version.Length > 0 ? $"{ErrorText.Bound(model.Name)} version {ErrorText.Bound(model.Version)}" : ErrorText.Bound(model.Name);

    private static string Tensors(IReadOnlyList<TensorSpec> specs) =>
        specs.Count == 0 ? "none" : string.Join(", ", specs.Select(s => $"{ErrorText.Bound(s.Name)} {s.Describe()}"));
}
