using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>Checks the tensors of a request against a spec. Pure and thread-safe; allocates only where it fails.</summary>
public static class SpecCheck
{
    /// <summary>Throws unless the tensors are exactly those of the spec, each of its type and of a shape that it accepts.</summary>
    /// <param name="owner">Who has the spec, for the error text: <c>model 'digits' version 2</c>.</param>
    /// <param name="specs">What is expected.</param>
    /// <param name="tensors">What was given.</param>
    /// <param name="sharedRows">The first dimension counts rows and must be the same for all tensors.</param>
    /// <exception cref="InferenceException">InvalidArgument, naming the tensor, what was got and what was expected.</exception>
    public static void Inputs(string owner, IReadOnlyList<TensorSpec> specs, TensorSet tensors, bool sharedRows)
    {
        for (var i = 0; i < specs.Count; i++)
        {
            var spec = specs[i];
            var tensor = tensors.Find(spec.Name) ?? throw Missing(owner, specs, spec, tensors);
            if (tensor.Type != spec.Type)
            {
                throw InferenceException.InvalidArgument(
                    $"{owner}: input {ErrorText.Quote(spec.Name)} has datatype {tensor.Type.ProtocolName()}, expected {spec.Type.ProtocolName()}.");
            }

            if (!spec.Accepts(tensor.Shape))
            {
                throw InferenceException.InvalidArgument(
                    $"{owner}: input {ErrorText.Quote(spec.Name)} has shape {tensor.Shape}, expected {ErrorText.Shape(spec.Dimensions.AsSpan())} (-1 is any size).");
            }
        }

        if (tensors.Count != specs.Count)
            throw Unknown(owner, specs, tensors);
        if (sharedRows)
            SameRows(owner, tensors);
    }

    private static void SameRows(string owner, TensorSet tensors)
    {
        for (var i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].Tensor.Shape[0] != tensors[0].Tensor.Shape[0])
            {
                throw InferenceException.InvalidArgument(
                    $"{owner}: input {ErrorText.Quote(tensors[i].Name)} has {tensors[i].Tensor.Shape[0]} rows, but input {ErrorText.Quote(tensors[0].Name)} has {tensors[0].Tensor.Shape[0]}; the first dimension must be the same for all inputs.");
            }
        }
    }

    private static InferenceException Missing(string owner, IReadOnlyList<TensorSpec> specs, TensorSpec spec, TensorSet tensors)
    {
        var given = tensors.Select(t => t.Name).Where(n => specs.All(s => s.Name != n)).ToList();
        var hint = NearestName.Find(spec.Name, given) is { } nearest ? $" Is input {ErrorText.Quote(nearest)} meant?" : string.Empty;
        return InferenceException.InvalidArgument(
            $"{owner}: input {ErrorText.Quote(spec.Name)} ({spec.Describe()}) is missing; got {ErrorText.List(tensors.Select(t => t.Name))}.{hint}");
    }

    private static InferenceException Unknown(string owner, IReadOnlyList<TensorSpec> specs, TensorSet tensors)
    {
        var unknown = tensors.First(t => specs.All(s => s.Name != t.Name)).Name;
        return InferenceException.InvalidArgument(
            $"{owner}: input {ErrorText.Quote(unknown)} is not known; expected {ErrorText.Join(specs.Select(s => $"{ErrorText.Quote(s.Name)} {s.Describe()}"))}.");
    }
}
