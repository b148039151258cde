using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Input;

/// <summary>Makes tensors of what a person wrote and what the model says.</summary>
internal static class TensorResolver
{
    /// <summary>The tensors, owned by the caller.</summary>
    /// <param name="drafts">What was written.</param>
    /// <param name="specs">The pipeline's inputs; empty where nothing is missing.</param>
    /// <exception cref="InferenceException">InvalidArgument, naming input, element and value.</exception>
    public static TensorSet Resolve(IReadOnlyList<TensorDraft> drafts, IReadOnlyList<TensorSpec> specs)
    {
        var tensors = new TensorSet(drafts.Count);
        try
        {
            foreach (var draft in drafts)
                Add(tensors, draft.Name, Resolve(draft, draft.NeedsMetadata ? Spec(draft.Name, specs) : null));
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    private static void Add(TensorSet tensors, string name, Tensor tensor)
    {
        try
        {
            tensors.Add(name, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static TensorSpec Spec(string name, IReadOnlyList<TensorSpec> specs) =>
        specs.FirstOrDefault(s => s.Name == name) ?? throw InferenceException.InvalidArgument(
            $"input {ErrorText.Quote(name)} is not known; expected {ErrorText.Join(specs.Select(s => $"{ErrorText.Quote(s.Name)} {s.Describe()}"))}.{NearestName.Hint(name, specs.Select(s => s.Name))}");

    private static Tensor Resolve(TensorDraft draft, TensorSpec? spec)
    {
        var type = draft.Type ?? spec!.Type;
        if (draft.File is { } file)
            return FromFile(draft.Name, type, spec!, file);
        var nesting = JsonNesting.Read(draft.Name, draft.Data);
        var shape = draft.Shape ?? DerivedShape.Find(spec!, nesting.Dimensions);
        if (nesting.Elements.Count != shape.ElementCount)
        {
            throw InferenceException.InvalidArgument(
                $"input {ErrorText.Quote(draft.Name)} has {nesting.Elements.Count} elements, expected {shape.ElementCount} for shape {shape}.");
        }

        return ElementParser.Parse(draft.Name, type, shape, nesting.Elements);
    }

    private static Tensor FromFile(string name, TensorType type, TensorSpec spec, byte[] file)
    {
        if (type != TensorType.Bytes)
        {
            throw InferenceException.InvalidArgument(
                $"input {ErrorText.Quote(name)} is {spec.Describe()}; a file's bytes can stand for BYTES only. Data of other types is read from a file whose name ends in .json.");
        }

        return new BytesTensorBuilder().Add(file).Build(DerivedShape.Find(spec, []), name);
    }
}
