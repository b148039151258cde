using System.Globalization;
using Inference.Core.Configuration;
using Inference.Core.Logging;
using Inference.Domain;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Settings;

/// <summary>Tells clients what is logged, and changes it for them. Thread-safe.</summary>
public sealed class LogSettingService
{
    private const string Kind = "log";
    private const string File = "log_file";
    private const string Information = "log_info";
    private const string Warning = "log_warning";
    private const string Error = "log_error";
    private const string Verbosity = "log_verbose_level";
    private const string Format = "log_format";

    // What other servers call the format whose times are as in this one's lines of text.
    private const string TextAlias = "ISO8601";
    private static readonly string[] Known = [File, Information, Warning, Error, Verbosity, Format];
    private readonly Lock _changes = new();
    private readonly LogSettings _settings;
    private readonly TelemetryOptions _options;
    private readonly ILogger<LogSettingService> _logger;

    /// <summary>Creates the service.</summary>
    public LogSettingService(LogSettings settings, TelemetryOptions options, ILogger<LogSettingService> logger)
    {
        _settings = settings;
        _options = options;
        _logger = logger;
    }

    /// <summary>What is logged: <see cref="bool"/>, <see cref="uint"/> or <see cref="string"/> by the protocol's names of settings.</summary>
    public IReadOnlyDictionary<string, object> Read()
    {
        var state = _settings.State;
        return new Dictionary<string, object>
        {
            [File] = string.Empty,
            [Information] = state.Information,
            [Warning] = state.Warning,
            [Error] = state.Error,
            [Verbosity] = state.Verbosity,
            [Format] = state.Format,
        };
    }

    /// <summary>Changes what is logged: everything that is given, or nothing where one value cannot be.</summary>
    /// <param name="values"><see cref="bool"/>, <see cref="uint"/> or <see cref="string"/> by name; null for a setting without a value.</param>
    /// <exception cref="InferenceException">InvalidArgument, NotSupported, WrongMode.</exception>
    public void Change(IReadOnlyDictionary<string, object?> values)
    {
        if (values.Count == 0)
            return;
        if (!_options.AllowChanges)
            throw SettingValues.NotAllowed(Kind);
        lock (_changes)
        {
            var state = values.OrderBy(v => v.Key, StringComparer.Ordinal).Aggregate(_settings.State, (state, value) => With(state, value.Key, value.Value));
            var text = state.ToString();

            // Told before where it is not after, so that a log never falls silent without a word.
            var isTold = _logger.IsEnabled(LogLevel.Information);
            if (isTold)
                _logger.LogSettingsChanged(text);
            _settings.Change(state);
            if (!isTold)
                _logger.LogSettingsChanged(text);
        }
    }

    private static LogState With(LogState state, string key, object? value) => key switch
    {
        Information => state with { Information = Flag(key, value) },
        Warning => state with { Warning = Flag(key, value) },
        Error => state with { Error = Flag(key, value) },
        Verbosity => state with { Verbosity = value is uint level ? level : throw WrongKind(key, value, "uint32_param: 0, 1 for events of level Debug, 2 for those of level Trace, too") },
        Format => state with { Format = FormatOf(key, value) },
        File when value is string { Length: 0 } => state,
        File => throw new InferenceException(ErrorCode.NotSupported, $"setting '{File}' cannot be changed: the log goes to the standard output of the server, never to a file that a client names; have what runs the server keep it."),
        _ => throw SettingValues.Unknown(Kind, key, Known),
    };

    private static bool Flag(string key, object? value) => value is bool flag ? flag : throw WrongKind(key, value, "bool_param");

    private static string FormatOf(string key, object? value)
    {
        if (value is not string text)
            throw WrongKind(key, value, $"string_param: {LogSettings.Text} or {LogSettings.Json}");
        var format = SettingValues.OneOf(key, [text], LogSettings.Text, LogSettings.Json, TextAlias);
        return format == TextAlias ? LogSettings.Text : format;
    }

    private static InferenceException WrongKind(string key, object? value, string expected) => SettingValues.Wrong(key, value switch
    {
        null => "without a value",
        string text => $"the text {ErrorText.Quote(text)}",
        bool flag => flag ? "the flag true" : "the flag false",
        _ => $"the number {Convert.ToString(value, CultureInfo.InvariantCulture)}",
    }, expected);
}
