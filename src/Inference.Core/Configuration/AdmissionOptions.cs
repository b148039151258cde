namespace Inference.Core.Configuration;

/// <summary>How much the server takes on at once.</summary>
public sealed record AdmissionOptions
{
    /// <summary>Inference requests under way at once, waiting ones included; one more is refused.</summary>
    public int MaxConcurrentRequests { get; init; } = 10_000;

    /// <summary>
    /// Bytes of inference requests that the server holds at once, those being received included; one more is refused. A
    /// request that is alone is always taken.
    /// </summary>
    public long MaxRequestBytes { get; init; } = 1L << 30;
}

/// <summary>How the server stops.</summary>
public sealed record ShutdownOptions
{
    /// <summary>Seconds in which the server says that it is not ready, but serves fully: load balancers lag behind.</summary>
    public double GraceSeconds { get; init; } = 5;

    /// <summary>Seconds that requests under way then have to finish, before they are cut off.</summary>
    public double DrainSeconds { get; init; } = 20;
}

/// <summary>How log events are written.</summary>
public sealed record LoggingOptions
{
    /// <summary><c>text</c> for people, <c>json</c> for collectors.</summary>
    public string Format { get; init; } = "text";

    /// <summary>Least level written: Trace, Debug, Information, Warning, Error or Critical.</summary>
    public string Level { get; init; } = "Information";
}
