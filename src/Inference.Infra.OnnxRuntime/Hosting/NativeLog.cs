using Inference.Domain;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>Takes what ONNX Runtime logs to the logger of the host that asked last. Thread-safe.</summary>
internal static class NativeLog
{
    private static volatile ILogger? _logger;

    public static void RouteTo(ILogger logger) => _logger = logger;

    /// <summary>What ONNX Runtime calls, from any thread. Nothing may be thrown back into native code.</summary>
    public static void Write(IntPtr parameter, OrtLoggingLevel severity, string category, string logId, string location, string message)
    {
        try
        {
            if (_logger is { } logger)
                RuntimeLog.Native(logger, Level(severity), ErrorText.Bound(message));
        }
        catch (Exception)
        {
            // A logger that throws would end the process from here; the message is lost instead.
        }
    }

    /// <summary>The level at which a message of that severity is logged.</summary>
    public static LogLevel Level(OrtLoggingLevel severity) => severity switch
    {
        OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE => LogLevel.Trace,
        OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO => LogLevel.Debug,
        OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING => LogLevel.Warning,
        OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR => LogLevel.Error,
        _ => LogLevel.Critical,
    };

    /// <summary>The least severe messages that the logger wants; ONNX Runtime does not even format others.</summary>
    public static OrtLoggingLevel LeastSevere(ILogger logger)
    {
        for (var severity = OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE; severity < OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL; severity++)
        {
            if (logger.IsEnabled(Level(severity)))
                return severity;
        }

        return OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
    }
}
