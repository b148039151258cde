using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Tests.Life;

/// <summary>A request: it waits, has a lease, or has ended.</summary>
/// <param name="model">Its model.</param>
/// <param name="version">Version, label or nothing.</param>
internal sealed class LifeAsk(string model, string version)
{
    private readonly CancellationTokenSource _giveUp = new();
    private bool _isReturned;

    public string Model => model;

    public string Version => version;

    /// <summary>The wait for its lease.</summary>
    public required Func<CancellationToken, Task<PipelineLease>> Acquire { get; init; }

    public Task<PipelineLease> Lease { get; private set; } = null!;

    public bool IsWaiting => !Lease.IsCompleted;

    public bool HasLease => Lease.IsCompletedSuccessfully && !_isReturned;

    public LifeExecutor Executor => (LifeExecutor)Lease.Result.Pipeline.Model.Executor;

    /// <summary>Why it was not answered; null where it was, or waits.</summary>
    public InferenceException? Error => Lease.Exception?.InnerException as InferenceException;

    public void Begin() => Lease = Acquire(_giveUp.Token);

    public void GiveUp() => _giveUp.Cancel();

    public void Return()
    {
        _isReturned = true;
        Lease.Result.Dispose();
    }

    public override string ToString() => $"{model}/{version}";
}
