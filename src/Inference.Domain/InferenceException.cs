namespace Inference.Domain;

/// <summary>
/// An error that a caller is told about: a code for programs and a text for people. The text names the thing, the value,
/// what was expected and the remedy; build client-supplied parts with <see cref="ErrorText"/> so that it stays short.
/// </summary>
public sealed class InferenceException : Exception
{
    /// <summary>Creates an error with its code and text.</summary>
    public InferenceException(ErrorCode code, string message)
        : base(message) => Code = code;

    /// <summary>Creates an error that was caused by another, which stays out of the text.</summary>
    public InferenceException(ErrorCode code, string message, Exception innerException)
        : base(message, innerException) => Code = code;

    /// <summary>Why the request could not be answered.</summary>
    public ErrorCode Code { get; }

    /// <summary>How long a caller should wait before trying again; null where waiting does not help or is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Files are not those that storage listed any more: another look at storage can help.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>Short form for the most common code.</summary>
    public static InferenceException InvalidArgument(string message) => new(ErrorCode.InvalidArgument, message);
}
