using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Settings;

/// <summary>Log events of settings that clients change.</summary>
internal static partial class SettingsLog
{
    [LoggerMessage(EventIds.Telemetry + 20, LogLevel.Information, "A client changed what is traced of model {Model}: {Settings}")]
    public static partial void TraceSettingsChanged(this ILogger logger, string model, string settings);

    [LoggerMessage(EventIds.Telemetry + 21, LogLevel.Information, "A client changed what is logged: {Settings}")]
    public static partial void LogSettingsChanged(this ILogger logger, string settings);
}
