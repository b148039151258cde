using Inference.Core.Telemetry;
using Inference.Core.Threads;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Processors;

/// <summary>
/// Makes the threads of this process that answer patient: one that wakes does not take the processor from another, of the
/// server or of a client or proxy on the same machine, which is about to rest anyway and then has more for it to do at once.
/// From threads that compute it takes it still, since those are idle ones. Where other programs keep all processors busy
/// patience would mean to wait for their turns to end, so that a thread of its own goes on looking for that; meanwhile all
/// others are ordinary. Thread-safe.
/// </summary>
public sealed class PatientThreads : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // The runtime gives threads that it starts the policy which theirs had when the process began.
    private const int LooksUntilSetAgain = 10;

    private readonly IServerMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Crowding _crowding = new();
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;
    private int _looks;
    private bool _isTold;

    /// <summary>Makes them patient, where the system can do that, and begins to look.</summary>
    /// <param name="metrics">Are told how long threads wait for a processor.</param>
    /// <param name="logger">Where it says when it changes its mind.</param>
    public PatientThreads(IServerMetrics metrics, ILogger<PatientThreads> logger)
    {
        _metrics = metrics;
        _logger = logger;
        _thread = new Thread(Work) { IsBackground = true, Name = "processor wait" };
        _thread.Start();
    }

    /// <summary>Stops looking. Threads are ordinary again.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    /// <summary>The looking thread has waited for a processor so long.</summary>
    /// <param name="wait">How long.</param>
    /// <param name="share">What the process has had of all processors meanwhile.</param>
    internal void Judge(TimeSpan wait, double share)
    {
        var changes = _crowding.Add(wait, share);
        if (changes || ++_looks % LooksUntilSetAgain == 0)
            SetOthers(_crowding.IsCrowded ? ThreadPolicy.Ordinary : ThreadPolicy.Patient);
        if (changes)
            Tell();
        _metrics.ProcessorsMeasured(_crowding.Mean.TotalSeconds, _crowding.IsCrowded);
    }

    // Where others come and go that is worth a line once; the metric tells the rest.
    private void Tell()
    {
        if (!_crowding.IsCrowded)
            ProcessorLog.Calm(_logger, _crowding.Mean.TotalMilliseconds);
        else
            ProcessorLog.Crowded(_logger, _isTold ? LogLevel.Debug : LogLevel.Information, _crowding.Mean.TotalMilliseconds);
        _isTold = true;
    }

    private void Work()
    {
        try
        {
            Look();
        }
        catch (Exception e)
        {
            // A server without it serves as well.
            ProcessorLog.LookingBroke(_logger, e);
        }
    }

    private void Look()
    {
        using var waits = ProcessorWaits.Open();
        if (waits is null || !SetOthers(ThreadPolicy.Patient))
        {
            ProcessorLog.NotPossible(_logger);
            return;
        }

        try
        {
            var use = new ProcessorUse();
            while (!_stop.WaitOne(Period))
                Judge(waits.Next(), use.Next());
        }
        finally
        {
            ProcessThreads.TrySet(ThreadPolicy.Ordinary);
        }
    }

    // This thread stays patient, to see what others would wait if they were.
    private static bool SetOthers(ThreadPolicy policy)
    {
        var isSet = ProcessThreads.TrySet(policy);
        if (ThreadScheduling.Of(ThreadScheduling.CallingThread) is { Policy: ThreadPolicy.Ordinary } own)
            _ = (own with { Policy = ThreadPolicy.Patient }).TrySet(ThreadScheduling.CallingThread);
        return isSet;
    }
}
