using System.Buffers;
using Grpc.Core;
using Inference.Adapters.Grpc.Infer.Arrival;
using Inference.Domain;
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
            return new InferCall(request, FormOf(parts, request), Bytes(request));
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

    private static InferenceRequest Request(RequestParts parts)
    {
        var parameters = Parameters.OfRequest(parts.Parameters);
        var outputs = RequestedOutputs.Of(parts.Outputs);

        // Last: nothing after it may throw, since it owns memory.
        var inputs = RequestTensors.Of(parts, out var shared);
        return new InferenceRequest
        {
            ModelName = parts.ModelName,
            Version = parts.Version,
            Id = parts.Id,
            Parameters = parameters,
            Outputs = outputs,
            Inputs = inputs,
            SharedInputs = shared,
        };
    }

    private static TensorForm FormOf(RequestParts parts, InferenceRequest request) =>
        parts.Raw.Count > 0 || parts.Inputs.Count == request.SharedInputs.Count ? TensorForm.Raw : TensorForm.Typed;

    // Inputs in shared memory count like others: some of them are copied, and what a client says of their size is not yet known to be true.
    private static long Bytes(InferenceRequest request)
    {
        var bytes = request.Inputs.OwnBytes;
        for (var i = 0; i < request.SharedInputs.Count; i++)
            bytes += Math.Min(request.SharedInputs[i].Location.ByteSize, int.MaxValue);
        return bytes;
    }
}
