using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>Foretells what shape an output will have, so that its memory can be chosen before the run. Pure.</summary>
internal static class OutputShapes
{
    /// <summary>False where the model's spec does not tell: a symbol stands for the size that it has in the inputs, and nothing else is known.</summary>
    public static bool TryPredict(ModelSpec spec, TensorSpec output, TensorSet inputs, out TensorShape shape)
    {
        shape = TensorShape.Scalar;
        var dimensions = new long[output.Dimensions.Length];
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = output.Dimensions[axis];
            if (dimensions[axis] == TensorSpec.Any && !TryFind(spec, output, axis, inputs, out dimensions[axis]))
                return false;
        }

        shape = TensorShape.Create(dimensions, output.Name);
        return true;
    }

    private static bool TryFind(ModelSpec spec, TensorSpec output, int axis, TensorSet inputs, out long size)
    {
        size = 0;
        var symbol = axis < output.Symbols.Length ? output.Symbols[axis] : string.Empty;
        foreach (var input in spec.Inputs)
        {
            for (var i = 0; i < input.Dimensions.Length; i++)
            {
                // The first axis of everything counts rows where the spec says so, whatever its symbol.
                var isSame = spec.HasBatchAxis && axis == 0 ? i == 0 : symbol.Length > 0 && i < input.Symbols.Length && input.Symbols[i] == symbol;
                if (!isSame)
                    continue;
                size = inputs.Get(input.Name).Shape[i];
                return true;
            }
        }

        return false;
    }
}
