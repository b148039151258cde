using Inference.Services.Health;

namespace Inference.Adapters.Grpc.HealthCheck;

/// <summary>
/// Wakes everybody who waits for a change of health. It carries no state: whoever wakes reads the latest, so that a slow
/// reader misses nothing but what is over, and costs no memory. Thread-safe.
/// </summary>
internal sealed class HealthSignal
{
    private TaskCompletionSource _next = Create();

    public HealthSignal(HealthService health) => health.Changed += Raise;

    /// <summary>Done after the next change. Take it before reading the state, so that no change falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    private void Raise() => Interlocked.Exchange(ref _next, Create()).TrySetResult();

    // Waiters continue on threads of their own: raising must stay quick whatever they do.
    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
