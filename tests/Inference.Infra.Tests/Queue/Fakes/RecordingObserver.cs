using Inference.Domain.Execution;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>Keeps what it is told.</summary>
internal sealed class RecordingObserver : IExecutionObserver
{
    private readonly Lock _gate = new();

    public List<RunReport> Runs { get; } = [];

    public List<RefusalReason> Refusals { get; } = [];

    public List<(StopPlace Place, StopCause Cause)> Stops { get; } = [];

    public List<(long Predicted, long Actual)> Waits { get; } = [];

    public void RunCompleted(in RunReport run)
    {
        lock (_gate)
            Runs.Add(run);
    }

    public void Refused(RefusalReason reason)
    {
        lock (_gate)
            Refusals.Add(reason);
    }

    public void Stopped(StopPlace place, StopCause cause)
    {
        lock (_gate)
            Stops.Add((place, cause));
    }

    public void Waited(long predicted, long actual)
    {
        lock (_gate)
            Waits.Add((predicted, actual));
    }
}
