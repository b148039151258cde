using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Infer.Arrival;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>Reads the one message of a call from its body: small ones when they are complete, large ones while they arrive.</summary>
internal static class MessageReader
{
    private const int HeaderBytes = 5;

    // What the library says of the same.
    private const string Incomplete = "Incomplete message.";
    private const string TooMuch = "Additional data after the message received.";

    /// <summary>Reads the request.</summary>
    /// <param name="body">The body; read to its end, or not at all where this returns null.</param>
    /// <param name="resources">Counts the bytes as they arrive, and keeps the request.</param>
    /// <param name="mostBytes">Most bytes of the message.</param>
    /// <param name="cancellation">Ends the wait for bytes.</param>
    /// <returns>The request; null where the message is too large, compressed or none, and the library has to say so.</returns>
    /// <exception cref="InferenceException">Overloaded; Internal where the body is longer or shorter than its message.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<InferCall?> ReadAsync(PipeReader body, CallResources resources, int mostBytes, CancellationToken cancellation)
    {
        while (true)
        {
            var result = await body.ReadAsync(cancellation);
            var bytes = result.Buffer;
            if (!TryReadHeader(bytes, out var isPlain, out var length))
            {
                body.AdvanceTo(bytes.Start, result.IsCompleted ? bytes.Start : bytes.End);
                if (result.IsCompleted)
                    return null;
                continue;
            }

            if (!isPlain || length > mostBytes)
            {
                body.AdvanceTo(bytes.Start);
                return null;
            }

            if (bytes.Length < HeaderBytes + length && length > RequestArrival.LeastEntry)
            {
                resources.Hold(bytes.Length);
                body.AdvanceTo(bytes.GetPosition(HeaderBytes));
                return await ReadArrivingAsync(body, resources, (int)length, cancellation);
            }

            Hold(body, resources, bytes.Length, bytes.End);
            if (bytes.Length >= HeaderBytes + length)
            {
                var message = bytes.Slice(HeaderBytes, length);
                var call = resources.Keep(InferCallCodec.Read(message));
                body.AdvanceTo(message.End);
                if (bytes.Length > HeaderBytes + length)
                    throw new InferenceException(ErrorCode.Internal, TooMuch);
                if (!result.IsCompleted)
                    await ReadEndAsync(body, cancellation);
                return call;
            }

            body.AdvanceTo(bytes.Start, result.IsCompleted ? bytes.Start : bytes.End);
            if (result.IsCompleted)
                return null;
        }
    }

    private static async ValueTask<InferCall> ReadArrivingAsync(PipeReader body, CallResources resources, int length, CancellationToken cancellation)
    {
        using var arrival = new RequestArrival(length);
        while (true)
        {
            var result = await body.ReadAsync(cancellation);
            var bytes = result.Buffer;
            Hold(body, resources, HeaderBytes + arrival.Taken + bytes.Length, bytes.End);
            var left = length - arrival.Taken;
            var isMore = bytes.Length > left;
            var call = Take(body, resources, arrival, isMore ? bytes.Slice(0, left) : bytes, left);
            if (call is null && result.IsCompleted)
                throw new InferenceException(ErrorCode.Internal, Incomplete);
            if (call is null)
                continue;
            if (isMore)
                throw new InferenceException(ErrorCode.Internal, TooMuch);
            if (!result.IsCompleted)
                await ReadEndAsync(body, cancellation);
            return call;
        }
    }

    // The call where these bytes end its message.
    private static InferCall? Take(PipeReader body, CallResources resources, RequestArrival arrival, in ReadOnlySequence<byte> message, long left)
    {
        var taken = message.Start;
        try
        {
            taken = arrival.Take(message);
            if (message.Length < left)
                return null;
            var rest = message.Slice(taken);
            taken = message.End;
            return resources.Keep(arrival.Read(rest));
        }
        finally
        {
            body.AdvanceTo(taken, message.End);
        }
    }

    // Nothing may come after the message.
    private static async ValueTask ReadEndAsync(PipeReader body, CancellationToken cancellation)
    {
        var result = await body.ReadAsync(cancellation);
        var isMore = !result.Buffer.IsEmpty;
        body.AdvanceTo(result.Buffer.End);
        if (isMore)
            throw new InferenceException(ErrorCode.Internal, TooMuch);
    }

    private static void Hold(PipeReader body, CallResources resources, long bytes, SequencePosition end)
    {
        try
        {
            resources.Hold(bytes);
        }
        catch
        {
            // Nobody is going to read them.
            body.AdvanceTo(end);
            throw;
        }
    }

    private static bool TryReadHeader(in ReadOnlySequence<byte> bytes, out bool isPlain, out long length)
    {
        (isPlain, length) = (false, 0);
        if (bytes.Length < HeaderBytes)
            return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        bytes.Slice(0, HeaderBytes).CopyTo(header);
        (isPlain, length) = (header[0] == 0, BinaryPrimitives.ReadUInt32BigEndian(header[1..]));
        return true;
    }
}
