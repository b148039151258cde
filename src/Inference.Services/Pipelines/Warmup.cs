using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Services.Pipelines;

/// <summary>First runs of a model before it serves, on zeros, so that no caller pays for lazy initialisation.</summary>
internal static class Warmup
{
    private const long MostElements = 1 << 24;

    /// <summary>Answers the requests that were made up for the pipeline, else runs its model on zeros.</summary>
    /// <returns>Why one failed; null where none did.</returns>
    public static Task<string?> RunAsync(Pipeline pipeline, WarmupOptions options, CancellationToken cancellation) =>
        options.Samples.IsEmpty ? OnZerosAsync(pipeline.Model, options, cancellation) : WarmupSamples.RunAsync(pipeline, options.Samples, cancellation);

    /// <summary>
    /// Runs the model as often as told. Symbolic dimensions other than the first are 1. A model that refuses zeros of such a
    /// shape still serves: whether a run fails says nothing about real requests, so the reason is returned, not thrown.
    /// </summary>
    /// <returns>Why a run failed; null where none did.</returns>
    public static async Task<string?> OnZerosAsync(Model model, WarmupOptions options, CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; i < options.Runs; i++)
            {
                using var inputs = Zeros(model.Spec, options.Rows);
                using var outputs = await model.RunAsync(inputs, new RequestContext("warm-up", cancellation)).ConfigureAwait(false);
            }

            return null;
        }
        catch (InferenceException e) when (e.Code is not ErrorCode.Cancelled)
        {
            return e.Message;
        }
    }

    private static TensorSet Zeros(ModelSpec spec, int rows)
    {
        var inputs = new TensorSet(spec.Inputs.Length);
        try
        {
            foreach (var input in spec.Inputs)
                inputs.Add(input.Name, Zeros(input, spec.HasBatchAxis ? rows : 1));
            return inputs;
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    private static Tensor Zeros(TensorSpec spec, int rows)
    {
        long[] dimensions = [.. spec.Dimensions.Select((d, axis) => d != TensorSpec.Any ? d : axis == 0 ? rows : 1)];
        var shape = TensorShape.Create(dimensions, spec.Name);
        if (shape.ElementCount > MostElements)
            throw InferenceException.InvalidArgument($"input {ErrorText.Quote(spec.Name)} of shape {shape} is too large to warm up with.");
        if (spec.Type == TensorType.Bytes)
            return Tensor.Wrap(spec.Name, TensorType.Bytes, shape, new byte[shape.ElementCount * TensorDataCheck.LengthPrefix]);
        var tensor = Tensor.Allocate(spec.Type, shape);
        tensor.Mutable<byte>().Clear();
        return tensor;
    }
}
