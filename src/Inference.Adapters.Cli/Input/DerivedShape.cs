using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Input;

/// <summary>Finds the shape that data written without one was meant to have. Pure.</summary>
internal static class DerivedShape
{
    /// <summary>
    /// The nesting's own shape where its depth is the spec's; the spec's with its one open dimension filled, for a single value or
    /// a flat list; the nesting's behind a first axis of 1 where only that axis is missing.
    /// </summary>
    /// <exception cref="InferenceException">InvalidArgument where none of these fits.</exception>
    public static TensorShape Find(TensorSpec spec, IReadOnlyList<long> nesting)
    {
        if (nesting.Count == spec.Dimensions.Length)
            return TensorShape.Create([.. nesting], spec.Name);
        if (nesting.Count <= 1 && Filled(spec, nesting.Count == 0 ? 1 : nesting[0]) is { } filled)
            return filled;
        if (nesting.Count + 1 == spec.Dimensions.Length && spec.Dimensions[0] is TensorSpec.Any or 1)
            return TensorShape.Create([1, .. nesting], spec.Name);
        throw InferenceException.InvalidArgument(
            $"input {ErrorText.Quote(spec.Name)} is written with shape {ErrorText.Shape([.. nesting])}, which cannot be made into {spec.Describe()} (-1 is any size); nest the lists like that, or give 'shape'.");
    }

    private static TensorShape? Filled(TensorSpec spec, long count)
    {
        var open = spec.Dimensions.Count(d => d == TensorSpec.Any);
        long known = 1;
        foreach (var dimension in spec.Dimensions.Where(d => d != TensorSpec.Any))
        {
            if (dimension == 0 || Math.BigMul(known, dimension, out known) != 0 || known < 0)
                return null;
        }

        if (open > 1 || count % known != 0 || (open == 0 && count != known))
            return null;
        return TensorShape.Create([.. spec.Dimensions.Select(d => d == TensorSpec.Any ? count / known : d)], spec.Name);
    }
}
