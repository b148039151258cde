namespace Inference.Core.Configuration;

/// <summary>
/// Everything that can be configured, one record per concern. Keys are <c>Inference:Section:Key</c> in files,
/// <c>Inference__Section__Key</c> in the environment and <c>--Section:Key=value</c> on the command line.
/// </summary>
public sealed record InferenceOptions
{
    /// <summary>The root section.</summary>
    public const string Root = "Inference";

    /// <summary>Listening.</summary>
    public ServerOptions Server { get; init; } = new();

    /// <summary>Encryption.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Models.</summary>
    public RepositoryOptions Repository { get; init; } = new();

    /// <summary>Memory of models.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>Versions.</summary>
    public RoutingOptions Routing { get; init; } = new();

    /// <summary>Devices and threads.</summary>
    public ExecutionDefaults Execution { get; init; } = new();

    /// <summary>Waiting.</summary>
    public QueueDefaults Queue { get; init; } = new();

    /// <summary>Sharing runs.</summary>
    public BatchingDefaults Batching { get; init; } = new();

    /// <summary>Streams.</summary>
    public StreamOptions Streams { get; init; } = new();

    /// <summary>Limits.</summary>
    public AdmissionOptions Admission { get; init; } = new();

    /// <summary>Memory shared with clients.</summary>
    public SharedMemoryOptions SharedMemory { get; init; } = new();

    /// <summary>Stopping.</summary>
    public ShutdownOptions Shutdown { get; init; } = new();

    /// <summary>Log events.</summary>
    public LoggingOptions Logging { get; init; } = new();

    /// <summary>Traces, and what clients may change of them and of the log.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Plug-ins.</summary>
    public PluginOptions Plugins { get; init; } = new();
}
