using Microsoft.Extensions.Logging;

namespace Inference.Core.Logging;

/// <summary>What the log has, in the terms of the protocol.</summary>
/// <param name="Information">Events of level Information.</param>
/// <param name="Warning">Events of level Warning.</param>
/// <param name="Error">Events of level Error. What ends the server is told without it, too.</param>
/// <param name="Verbosity">1 for events of level Debug, 2 and more for Trace, too; 0 for neither.</param>
/// <param name="Format"><see cref="LogSettings.Text"/> or <see cref="LogSettings.Json"/>.</param>
public sealed record LogState(bool Information, bool Warning, bool Error, uint Verbosity, string Format);

/// <summary>What the log has, which may change while the server runs. Thread-safe; asking takes no lock.</summary>
public sealed class LogSettings
{
    /// <summary>Lines for people.</summary>
    public const string Text = "text";

    /// <summary>Lines for collectors.</summary>
    public const string Json = "json";

    private readonly bool _hasCritical;
    private volatile LogState _state;

    /// <summary>Creates the settings of one server.</summary>
    /// <param name="least">Least level that is written.</param>
    /// <param name="format"><see cref="Text"/> or <see cref="Json"/>.</param>
    public LogSettings(LogLevel least, string format)
    {
        _hasCritical = least <= LogLevel.Critical;
        var verbosity = least switch
        {
            LogLevel.Trace => 2u,
            LogLevel.Debug => 1u,
            _ => 0u,
        };
        _state = new LogState(least <= LogLevel.Information, least <= LogLevel.Warning, least <= LogLevel.Error, verbosity, format);
    }

    /// <summary>Raised after each change, on the thread that made it.</summary>
    public event Action? Changed;

    /// <summary>What holds now.</summary>
    public LogState State => _state;

    /// <summary>Whether events of a level are written.</summary>
    public bool IsEnabled(LogLevel level)
    {
        var state = _state;
        return level switch
        {
            LogLevel.Trace => state.Verbosity > 1,
            LogLevel.Debug => state.Verbosity > 0,
            LogLevel.Information => state.Information,
            LogLevel.Warning => state.Warning,
            LogLevel.Error => state.Error,
            LogLevel.Critical => _hasCritical,
            _ => false,
        };
    }

    /// <summary>Changes what holds.</summary>
    public void Change(LogState state)
    {
        _state = state;
        Changed?.Invoke();
    }
}
