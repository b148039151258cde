using Microsoft.Extensions.Logging;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>Everything that this assembly logs. Event ids 4000 to 4099.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(EventId = 4000, EventName = "OnnxRuntimeMessage", Message = "onnxruntime: {Message}")]
    public static partial void Native(ILogger logger, LogLevel level, string message);

    [LoggerMessage(4001, LogLevel.Warning, "The process already has ONNX Runtime thread pools, which stay as they are: intra-op {IntraOp}, inter-op {InterOp}, spinning {Spinning}.", EventName = "ThreadPoolsKept")]
    public static partial void PoolsKept(ILogger logger, int intraOp, int interOp, bool spinning);

    [LoggerMessage(4002, LogLevel.Warning, "Device auto runs on {Device}, first met with {Label}: {Reason}", EventName = "DeviceFallback")]
    public static partial void Fallback(ILogger logger, string device, string label, string reason);

    [LoggerMessage(4003, LogLevel.Debug, "{Label} loaded on {Device} with {Lanes} lanes in {Milliseconds:F1} ms.", EventName = "ArtefactLoaded")]
    public static partial void Loaded(ILogger logger, string label, string device, int lanes, double milliseconds);

    [LoggerMessage(4004, LogLevel.Debug, "Arenas gave {Bytes} bytes back that runs no longer need.", EventName = "ArenasShrunk")]
    public static partial void ArenasShrunk(ILogger logger, long bytes);

    [LoggerMessage(4005, LogLevel.Debug, "The C library gave free pages of its heap back within {Milliseconds:F1} ms.", EventName = "HeapTrimmed")]
    public static partial void HeapTrimmed(ILogger logger, double milliseconds);

    [LoggerMessage(4006, LogLevel.Warning, "The arena of a model could not be shrunk; it stays as it is.", EventName = "ArenaShrinkFailed")]
    public static partial void ShrinkFailed(ILogger logger, Exception exception);

    [LoggerMessage(4007, LogLevel.Debug, "Garbage was collected within {Milliseconds:F1} ms after a model has gone.", EventName = "GarbageCollected")]
    public static partial void GarbageCollected(ILogger logger, double milliseconds);
}
