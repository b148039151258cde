namespace Inference.Domain.Pipelines;

/// <summary>A manifest that cannot be used, with every mistake in it.</summary>
public sealed class ManifestException : Exception
{
    private const int MaxShown = 20;

    /// <summary>Creates it from one or more mistakes, each with file and line. The message has the first twenty of them.</summary>
    public ManifestException(IReadOnlyList<string> errors)
        : base(string.Join(" ", errors.Take(MaxShown)) + (errors.Count > MaxShown ? $" And {errors.Count - MaxShown} more." : string.Empty)) => Errors = errors;

    /// <summary>Every mistake, in the order found.</summary>
    public IReadOnlyList<string> Errors { get; }
}
