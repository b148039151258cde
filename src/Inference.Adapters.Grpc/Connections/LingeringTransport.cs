using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Keeps a connection open for a moment after the server has said its last word on it. Who closes right behind a GOAWAY takes
/// away calls that the client has put on the connection but not sent yet: clients then report them as failed, although
/// they would have sent them elsewhere had they had time to read the GOAWAY. So the client closes first, or the time is over.
/// </summary>
internal sealed class LingeringTransport(IDuplexPipe inner) : IDuplexPipe
{
    /// <summary>The longest time for which a client is waited for.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private readonly HeldReader _input = new(inner.Input);

    public PipeReader Input => _input;

    public PipeWriter Output => inner.Output;

    /// <summary>Waits for the client to close and throws away what it still sends. Once, when nobody uses the transport any more.</summary>
    /// <param name="time">Counts the limit.</param>
    /// <param name="closed">The connection is closed already, by an error or a limit.</param>
    public async Task EndAsync(TimeProvider time, CancellationToken closed)
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closed);
            while (_input.Error is null)
            {
                var read = await inner.Input.ReadAsync(end.Token).ConfigureAwait(false);
                inner.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // The time is over or the client has gone without a word: either way there is nobody to wait for.
        }
        finally
        {
            await inner.Input.CompleteAsync(_input.Error).ConfigureAwait(false);
        }
    }
}
