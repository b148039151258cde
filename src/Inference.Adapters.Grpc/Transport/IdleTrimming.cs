using Inference.Domain.Tensors;
using Microsoft.Extensions.Hosting;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>Gives memory of the pools back to the system when it has not been needed for a while.</summary>
internal sealed class IdleTrimming(BlockStore blocks, TensorPool tensors, TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>How long memory lies idle at least, and at most twice as long.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // Less is not worth a collection.
    private const long WorthCollecting = 8 << 20;
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(static trimming => ((IdleTrimming)trimming!).Trim(), this, Period, Period);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Trim()
    {
        tensors.TrimIdle();

        // Managed memory is free only after a full collection, for which a process that idles has no cause.
        if (blocks.TrimIdle() >= WorthCollecting)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}
