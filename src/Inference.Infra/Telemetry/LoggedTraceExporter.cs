using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Inference.Infra.Telemetry;

/// <summary>Sends spans, and says once where they do not arrive, and once when they do again. Used by one thread at a time.</summary>
internal sealed class LoggedTraceExporter(OtlpExporterOptions options, string endpoint, ILogger logger) : OtlpTraceExporter(options)
{
    private bool _isFailing;

    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        var result = base.Export(activityBatch);
        if (result == ExportResult.Failure && !_isFailing)
            logger.ExportFailing(endpoint);
        else if (result == ExportResult.Success && _isFailing)
            logger.ExportWorks(endpoint);
        _isFailing = result == ExportResult.Failure;
        return result;
    }
}
