using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Inference.Infra.Telemetry;

/// <summary>
/// Sends the server's spans to a collector for as long as the server runs. Register it before what answers calls, so that it
/// stops after that and sends what is left. A collector that does not answer costs spans and never a call.
/// </summary>
/// <param name="options">Where to.</param>
/// <param name="settings">Which calls are recorded.</param>
/// <param name="version">Version of the server.</param>
/// <param name="logger">Log.</param>
public sealed class TraceExport(TraceOptions options, TraceSettings settings, string version, ILogger<TraceExport> logger) : IHostedService, IDisposable
{
    private const string ServiceName = "inference";
    private const int StopMilliseconds = 2000;
    private TracerProvider? _provider;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var endpoint = new Uri(options.Endpoint);

        // Without what may be a secret: a name and password, or a query.
        var shown = endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        var export = new OtlpExporterOptions { Endpoint = endpoint, Protocol = options.Protocol == TraceOptions.HttpProtobuf ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc };

        // The exporter itself reads the variable for all signals only. Headers may be secrets, so there is no option for them.
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_TRACES_HEADERS") is { Length: > 0 } headers)
            export.Headers = headers;

        // Reads OTEL_BSP_SCHEDULE_DELAY and its like.
        var batches = new BatchExportActivityProcessorOptions();

        // What stands in the environment comes last and goes before what stands here.
        var resource = ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddService(ServiceName, serviceVersion: version).AddEnvironmentVariableDetector();
        _provider = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(InferenceTracing.SourceName)
            .SetSampler(new TraceSampler(settings))
            .AddProcessor(new BatchActivityExportProcessor(
                new LoggedTraceExporter(export, shown, logger), batches.MaxQueueSize, batches.ScheduledDelayMilliseconds, batches.ExporterTimeoutMilliseconds, batches.MaxExportBatchSize))
            .Build();
        logger.Exporting(shown, options.Protocol);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        _provider is { } provider ? Task.Run(() => provider.Shutdown(StopMilliseconds), CancellationToken.None) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _provider?.Dispose();
}
