using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Inference.Adapters.Grpc.Infer;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>Writes the one message of an answer to its body. Large outputs go in pieces, each of which is on its way before the next is copied.</summary>
internal static class MessageWriter
{
    private const int HeaderBytes = 5;

    // Half of what the web server takes before it makes its caller wait, so that it makes frames of one while the next is copied.
    private const int Piece = GrpcAdapter.ResponseBufferBytes / 2;

    /// <summary>Writes an answer. What is small is left to the end of the exchange, to go with the trailers.</summary>
    /// <returns>False where the client has gone.</returns>
    /// <exception cref="OperationCanceledException">Cancelled while the client read slowly.</exception>
    public static ValueTask<bool> WriteAsync(InferAnswer answer, HttpContext http, CancellationToken cancellation)
    {
        var body = http.Response.BodyWriter;
        var size = checked((int)InferAnswerCodec.Size(answer));
        var header = body.GetSpan(HeaderBytes);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], size);
        body.Advance(HeaderBytes);
        if (size > Piece && answer.HasRawContents)
            return WritePiecesAsync(answer, http, body, cancellation);
        InferAnswerCodec.Write(answer, body);
        return new ValueTask<bool>(true);
    }

    private static async ValueTask<bool> WritePiecesAsync(InferAnswer answer, HttpContext http, PipeWriter body, CancellationToken cancellation)
    {
        // The web server would end the stream as its own failure, had it to cancel the flush itself.
        using var reset = cancellation.UnsafeRegister(StreamReset.Cancel, http);
        InferAnswerCodec.WriteBeforeRaw(answer, body);
        for (var i = 0; i < answer.Outputs!.Count; i++)
        {
            var data = answer.DataOf(i);
            InferAnswerCodec.WriteRawHead(data.Length, body);
            while (!data.IsEmpty)
            {
                var piece = data[..Math.Min(Piece, data.Length)];
                body.Write(piece.Span);
                data = data[piece.Length..];
                var flush = await body.FlushAsync(CancellationToken.None);
                cancellation.ThrowIfCancellationRequested();
                if (flush.IsCompleted || flush.IsCanceled)
                    return false;
            }
        }

        return true;
    }
}
