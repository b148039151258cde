namespace Inference.Core.Logging;

/// <summary>Ranges of event ids, one for each source, so that an id names one event for ever.</summary>
public static class EventIds
{
    /// <summary>Start and stop of the server.</summary>
    public const int Lifecycle = 1000;

    /// <summary>Repository: what is found, loaded, failed, unloaded.</summary>
    public const int Repository = 2000;

    /// <summary>Inference requests.</summary>
    public const int Inference = 3000;

    /// <summary>ONNX Runtime and its devices, its own messages among them.</summary>
    public const int OnnxRuntime = 4000;

    /// <summary>The gRPC adapter.</summary>
    public const int Grpc = 5000;

    /// <summary>The HTTP adapter.</summary>
    public const int Http = 6000;

    /// <summary>Shared memory regions.</summary>
    public const int SharedMemory = 8000;

    /// <summary>Certificates and TLS.</summary>
    public const int Certificates = 9000;

    /// <summary>Export of traces.</summary>
    public const int Telemetry = 10_000;

    /// <summary>Pipelines in memory.</summary>
    public const int Cache = 11_000;

    /// <summary>Plug-ins and storage.</summary>
    public const int Infra = 7000;
}
