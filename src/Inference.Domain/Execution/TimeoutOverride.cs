namespace Inference.Domain.Execution;

/// <summary>Whether a request's own timeout holds instead of that of its queue.</summary>
public enum TimeoutOverride
{
    /// <summary>It does, whatever it is.</summary>
    Any,

    /// <summary>It does where it is shorter.</summary>
    Shorter,

    /// <summary>It does not.</summary>
    None,
}
