using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>
/// ONNX Runtime's one environment of the process: global thread pools, and its log routed to ours. It is made by the first
/// call and lives as long as the process; hosts after the first share it. Thread-safe.
/// </summary>
internal static class OnnxRuntimeEnvironment
{
    private static readonly Lock Gate = new();

    // Held here because native code calls it for as long as the process lives.
    private static readonly DOrtLoggingFunction LogFunction = NativeLog.Write;

    private static OrtEnv? _environment;
    private static OnnxRuntimeSettings? _settings;

    /// <summary>The environment; made on first use.</summary>
    public static OrtEnv Open(OnnxRuntimeSettings settings, ILogger logger)
    {
        lock (Gate)
        {
            NativeLog.RouteTo(logger);
            if (_environment is null)
                (_environment, _settings) = (Create(settings, logger), settings);
            else if (!SamePools(settings, _settings!))
                RuntimeLog.PoolsKept(logger, Threads(_settings!.IntraOpThreads), Threads(_settings.InterOpThreads), _settings.Spinning);
            return _environment;
        }
    }

    /// <summary>The number that a setting means: itself, or the number of processors for 0.</summary>
    public static int Threads(int setting) => setting > 0 ? setting : System.Environment.ProcessorCount;

    private static OrtEnv Create(OnnxRuntimeSettings settings, ILogger logger)
    {
        using var threading = new OrtThreadingOptions
        {
            GlobalIntraOpNumThreads = Threads(settings.IntraOpThreads),
            GlobalInterOpNumThreads = Threads(settings.InterOpThreads),
            GlobalSpinControl = settings.Spinning,
        };
        var options = new EnvironmentCreationOptions
        {
            logId = "onnxruntime",
            logLevel = NativeLog.LeastSevere(logger),
            threadOptions = threading,
            loggingFunction = LogFunction,
        };
        return ThreadNiceness.Run(settings.Niceness, () => OrtEnv.CreateInstanceWithOptions(ref options));
    }

    private static bool SamePools(OnnxRuntimeSettings a, OnnxRuntimeSettings b) =>
        Threads(a.IntraOpThreads) == Threads(b.IntraOpThreads)
        && Threads(a.InterOpThreads) == Threads(b.InterOpThreads)
        && a.Spinning == b.Spinning;
}
