using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>Models that compute y = 2x + 1 for each element, so that rows that were swapped show.</summary>
internal static class RowModel
{
    /// <summary>x FP32[-1,2] to y FP32[-1,2].</summary>
    public static ModelSpec Fixed { get; } = Spec(2);

    /// <summary>x FP32[-1,-1] to y FP32[-1,-1], whose second axis is named.</summary>
    public static ModelSpec Variable { get; } = Spec(TensorSpec.Any);

    /// <summary>The same without a batch axis.</summary>
    public static ModelSpec Unbatched { get; } = Fixed with { HasBatchAxis = false };

    public static TensorSet Run(TensorSet inputs)
    {
        var x = inputs.Get("x");
        var y = Tensor.Allocate(TensorType.Float32, x.Shape);
        for (var i = 0; i < x.Shape.ElementCount; i++)
            y.Mutable<float>()[i] = Of(x.AsSpan<float>()[i]);
        return new TensorSet().Add("y", y);
    }

    public static float Of(float x) => (2 * x) + 1;

    /// <summary>Sums over all rows: an output without a row for each row.</summary>
    public static TensorSet RunSum(TensorSet inputs)
    {
        var y = Tensor.Allocate(TensorType.Float32, TensorShape.Of(1, 1));
        float sum = 0;
        foreach (var value in inputs.Get("x").AsSpan<float>())
            sum += value;
        y.Mutable<float>()[0] = sum;
        return new TensorSet().Add("y", y);
    }

    private static ModelSpec Spec(long columns) => new(
        [new TensorSpec("x", TensorType.Float32, [TensorSpec.Any, columns]) { Symbols = ["batch", columns < 0 ? "seq" : string.Empty] }],
        [new TensorSpec("y", TensorType.Float32, [TensorSpec.Any, columns]) { Symbols = ["batch", columns < 0 ? "seq" : string.Empty] }],
        HasBatchAxis: true);
}
