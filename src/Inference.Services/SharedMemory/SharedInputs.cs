using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Services.SharedMemory;

/// <summary>
/// Inputs in shared memory as tensors: over that memory itself, unless their values are checked before they are used. Those
/// are copied first, since the client may change them between the check and the use.
/// </summary>
internal static class SharedInputs
{
    /// <summary>The tensor, the caller's; it has a reference of its own to the range, or a copy.</summary>
    /// <exception cref="InferenceException">InvalidArgument where the data does not fit type and shape; RegionLost; Overloaded.</exception>
    public static Tensor ToTensor(SharedInput input, SharedRange range) => IsCopied(input.Type, range) ? Copy(input, range) : Wrap(input, range);

    // Lengths within BYTES, truth values, and whole numbers of the types that models take for indices: a runtime that finds
    // an index within bounds and then reads another one would reach any memory of the process.
    private static bool IsCopied(TensorType type, SharedRange range) =>
        type is TensorType.Bytes or TensorType.Bool or TensorType.Int32 or TensorType.Int64
        || range.Address == 0
        || range.Address % type.ElementSize() != 0;

    private static Tensor Wrap(SharedInput input, SharedRange range)
    {
        range.Retain();
        try
        {
            return Tensor.Wrap(input.Name, input.Type, input.Shape, range.Memory, range);
        }
        catch
        {
            range.Release();
            throw;
        }
    }

    private static Tensor Copy(SharedInput input, SharedRange range)
    {
        var buffer = TensorPool.Shared.Rent(range.Length);
        try
        {
            SharedRange.TryCopy(range.Memory, buffer.Memory.Span);
            return Tensor.Wrap(input.Name, input.Type, input.Shape, buffer.Memory, buffer);
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }
}
