using System.Buffers;
using Grpc.Core;
using Inference.Adapters.Grpc.Infer.Arrival;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// Reads inference requests from the wire without messages in between, within bounds on what one may cost in memory. Agrees
/// with the generated parser on what a message means. Thread-safe.
/// </summary>
internal static class InferCallCodec
{
    /// <summary>The call that a message holds; also for a message that is wrong, whose reason the call then carries. The caller's.</summary>
    public static InferCall Read(DeserializationContext context) => Read(context.PayloadAsReadOnlySequence());

    /// <summary>The call that a message holds; also for a message that is wrong, whose reason the call then carries. The caller's.</summary>
    public static InferCall Read(in ReadOnlySequence<byte> message) => Read(message, arrived: null);

    /// <summary>The call that a message holds; also for a message that is wrong, whose reason the call then carries. The caller's.</summary>
    /// <param name="message">The message.</param>
    /// <param name="arrived">Entries that were taken out of it; null for none. Their memory stays the caller's, and the call's tensors hold references of their own.</param>
    public static InferCall Read(in ReadOnlySequence<byte> message, List<ArrivedEntry>? arrived)
    {
        var parts = RequestParts.Rent(message, arrived);
        try
        {
            RequestReader.Read(parts);
            var request = Request(parts);
            var form = parts.Raw.Count > 0 || parts.Inputs.Count == 0 ? TensorForm.Raw : TensorForm.Typed;
            return new InferCall(request, form, Bytes(request.Inputs));
        }
        catch (InferenceException e)
        {
            return new InferCall(parts.ModelName, parts.Id, e);
        }
        finally
        {
            parts.Return();
        }
    }

    private static InferenceRequest Request(RequestParts parts) => new()
    {
        ModelName = parts.ModelName,
        Version = parts.Version,
        Id = parts.Id,
        Parameters = Parameters.OfRequest(parts.Parameters),
        Outputs = RequestedOutputs.Of(parts.Outputs),

        // Last: nothing after it may throw, since it owns memory.
        Inputs = RequestTensors.Of(parts),
    };

    private static long Bytes(TensorSet tensors)
    {
        long bytes = 0;
        for (var i = 0; i < tensors.Count; i++)
            bytes += tensors[i].Tensor.Data.Length;
        return bytes;
    }
}
