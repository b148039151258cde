using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Telemetry;

/// <summary>Log events of the export of traces.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(EventIds.Telemetry + 1, LogLevel.Information, "Traces go to {Endpoint} ({Protocol})")]
    public static partial void Exporting(this ILogger logger, string endpoint, string protocol);

    [LoggerMessage(EventIds.Telemetry + 2, LogLevel.Warning, "Traces cannot be sent to {Endpoint} and are dropped until they can; calls are served as before. Check Telemetry:Traces:Endpoint and Protocol, and that the collector listens there")]
    public static partial void ExportFailing(this ILogger logger, string endpoint);

    [LoggerMessage(EventIds.Telemetry + 3, LogLevel.Information, "Traces are sent to {Endpoint} again")]
    public static partial void ExportWorks(this ILogger logger, string endpoint);
}
