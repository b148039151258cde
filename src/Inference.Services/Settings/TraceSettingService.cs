using System.Globalization;
using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Settings;

/// <summary>Tells clients what is traced, and changes it for them: for the server, or for one model. Thread-safe.</summary>
public sealed class TraceSettingService
{
    private const string Kind = "trace";
    private const string Level = "trace_level";
    private const string Rate = "trace_rate";
    private const string Count = "trace_count";
    private const string Mode = "trace_mode";
    private const string File = "trace_file";
    private const string Frequency = "log_frequency";
    private const string Off = "OFF";
    private const string Timestamps = "TIMESTAMPS";
    private const string OpenTelemetry = "opentelemetry";
    private static readonly string[] Known = [Level, Rate, Count, Mode];
    private readonly TraceSettings _settings;
    private readonly PipelineRegistry _registry;
    private readonly TelemetryOptions _options;
    private readonly ILogger<TraceSettingService> _logger;

    /// <summary>Creates the service.</summary>
    public TraceSettingService(TraceSettings settings, PipelineRegistry registry, TelemetryOptions options, ILogger<TraceSettingService> logger)
    {
        _settings = settings;
        _registry = registry;
        _options = options;
        _logger = logger;
    }

    /// <summary>What is traced.</summary>
    /// <param name="model">The model; empty for the server.</param>
    /// <returns>Values by the protocol's names of settings.</returns>
    /// <exception cref="InferenceException">ModelNotFound.</exception>
    public IReadOnlyDictionary<string, string> Read(string model)
    {
        if (model.Length > 0)
            _registry.Get(model);
        var policy = _settings.For(model);
        return new Dictionary<string, string>
        {
            [Level] = policy.IsOn ? Timestamps : Off,
            [Rate] = policy.Ratio == 0 ? "0" : (1 / policy.Ratio).ToString("0.######", CultureInfo.InvariantCulture),
            [Count] = policy.Allowance.Left.ToString(CultureInfo.InvariantCulture),
            [Mode] = OpenTelemetry,
        };
    }

    /// <summary>Changes what is traced: everything that is given, or nothing where one value cannot be.</summary>
    /// <param name="model">The model; empty for the server.</param>
    /// <param name="values">Values by name; none take a change back.</param>
    /// <exception cref="InferenceException">InvalidArgument, NotSupported, ModelNotFound, WrongMode.</exception>
    public void Change(string model, IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        if (values.Count == 0)
            return;
        if (!_options.AllowChanges)
            throw SettingValues.NotAllowed(Kind);
        if (model.Length > 0)
            _registry.Get(model);
        var changes = values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => Read(v.Key, v.Value)).ToList();
        _settings.Update(model, before => changes.Aggregate(before, (own, change) => change(own)));
        _logger.TraceSettingsChanged(ErrorText.Quote(model), string.Join(", ", Read(model).Select(s => $"{s.Key}={s.Value}")));
    }

    private Func<TraceOverride, TraceOverride> Read(string key, IReadOnlyList<string> values)
    {
        var isCleared = values.Count == 0;
        switch (key)
        {
            case Level when isCleared:
                return own => own with { IsOn = null };
            case Level:
                var isOn = SettingValues.OneOf(key, values, Off, Timestamps) == Timestamps;
                if (isOn && !_settings.IsAvailable)
                    throw new InferenceException(ErrorCode.WrongMode, $"setting '{Level}' cannot be {Timestamps}: the server has nowhere to send traces; start it with Telemetry:Traces:Endpoint, the address of an OpenTelemetry collector.");
                return own => own with { IsOn = isOn };
            case Rate when isCleared:
                return own => own with { Ratio = null };
            case Rate:
                var rate = SettingValues.Whole(key, values, 0);
                return own => own with { Ratio = rate == 0 ? 0 : 1.0 / rate };
            case Count when isCleared:
                return own => own with { Allowance = null };
            case Count:
                var count = SettingValues.Whole(key, values, -1);
                return own => own with { Allowance = new TraceAllowance(count) };
            case Mode:
                if (!isCleared)
                    SettingValues.OneOf(key, values, OpenTelemetry);
                return own => own;
            case File or Frequency:
                throw new InferenceException(ErrorCode.NotSupported, $"setting '{key}' is of traces in files, which this server does not write; it sends them to Telemetry:Traces:Endpoint.");
            default:
                throw SettingValues.Unknown(Kind, key, Known);
        }
    }
}
