namespace Inference.Domain.Pipelines;

/// <summary>A manifest that cannot be used, with every mistake in it.</summary>
public sealed class ManifestException : Exception
{
    /// <summary>Creates it from one or more mistakes, each with file and line.</summary>
    public ManifestException(IReadOnlyList<string> errors)
        : base(string.Join(" ", errors)) => Errors = errors;

    /// <summary>Every mistake, in the order found.</summary>
    public IReadOnlyList<string> Errors { get; }
}
