namespace Inference.Core.Configuration;

/// <summary>A configuration that cannot be used, with every mistake in it.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates it from one or more mistakes.</summary>
    public ConfigurationException(IReadOnlyList<string> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>Every mistake, each naming its key, its value and what is expected.</summary>
    public IReadOnlyList<string> Errors { get; }
}
