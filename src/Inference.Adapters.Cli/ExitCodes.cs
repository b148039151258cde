namespace Inference.Adapters.Cli;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>A request or a model failed, or a server could not be reached.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>All went well, but an objective of a load was missed.</summary>
    public const int ObjectiveMissed = 3;
}

/// <summary>A command line that cannot be carried out; the message says what to write instead.</summary>
internal sealed class UsageException(string message) : Exception(message);
