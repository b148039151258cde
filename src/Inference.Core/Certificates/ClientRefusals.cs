using Microsoft.Extensions.Logging;

namespace Inference.Core.Certificates;

/// <summary>Tells in the log of clients' certificates that are refused, one in a while however many come. Thread-safe.</summary>
public sealed class ClientRefusals(TimeProvider time, ILogger<ClientRefusals> logger)
{
    private const int LongestSubject = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private long _next = long.MinValue;
    private int _untold;

    /// <summary>One was refused.</summary>
    /// <param name="subject">Whose it said it was; null where there was none.</param>
    /// <param name="reason">Why.</param>
    internal void Add(string? subject, string reason)
    {
        var (now, next) = (time.GetTimestamp(), Interlocked.Read(ref _next));
        if (now < next || Interlocked.CompareExchange(ref _next, now + (long)(Pause.TotalSeconds * time.TimestampFrequency), next) != next)
        {
            Interlocked.Increment(ref _untold);
            return;
        }

        var text = subject is null ? "no subject" : subject.Length <= LongestSubject ? subject : subject[..LongestSubject];
        logger.ClientCertificateRefused(text, reason, Interlocked.Exchange(ref _untold, 0));
    }
}
