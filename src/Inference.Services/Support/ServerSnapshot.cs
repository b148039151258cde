using Inference.Core.Telemetry;

namespace Inference.Services.Support;

/// <summary>The server at one moment, for the person who has to find out what is wrong with it. Holds no secret and no data of requests.</summary>
/// <param name="Time">When, in UTC.</param>
/// <param name="Server">The process as a server.</param>
/// <param name="Process">The process as a program.</param>
/// <param name="Pools">Memory that is kept for requests.</param>
/// <param name="Models">The repository's models.</param>
/// <param name="Devices">Accelerators.</param>
/// <param name="Settings">What is traced and logged, which clients may have changed.</param>
/// <param name="Configuration">The options in force.</param>
public sealed record ServerSnapshot(
    DateTimeOffset Time,
    ServerState Server,
    ProcessState Process,
    PoolState Pools,
    IReadOnlyList<ModelState> Models,
    IReadOnlyList<DeviceReading> Devices,
    IReadOnlyDictionary<string, object> Settings,
    IReadOnlyDictionary<string, string> Configuration);

/// <summary>The process as a server.</summary>
/// <param name="Version">Version of the program.</param>
/// <param name="Phase">Phase of its life.</param>
/// <param name="RequestsInFlight">Requests under way.</param>
/// <param name="AnswersInFlight">Answers that are not written yet.</param>
public sealed record ServerState(string Version, string Phase, int RequestsInFlight, int AnswersInFlight);

/// <summary>The process as a program.</summary>
/// <param name="Started">When it started, in UTC.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">The operating system.</param>
/// <param name="Processors">Processors that it may use.</param>
/// <param name="CpuSeconds">Processor time that it has used.</param>
/// <param name="WorkingSetBytes">Memory that it has.</param>
/// <param name="HeapBytes">Of that, the garbage-collected heap after the last collection.</param>
/// <param name="MemoryLimitBytes">What the garbage collector may use.</param>
/// <param name="Threads">Threads of the thread pool.</param>
/// <param name="ThreadsWaitedFor">Work that waits for one of them.</param>
public sealed record ProcessState(
    DateTime Started, string Runtime, string System, int Processors, double CpuSeconds, long WorkingSetBytes, long HeapBytes, long MemoryLimitBytes, int Threads, long ThreadsWaitedFor);

/// <summary>Memory of tensors.</summary>
/// <param name="TensorBuffersRented">Buffers that requests have.</param>
/// <param name="TensorBytesKept">Bytes that wait for requests.</param>
/// <param name="TensorBytesKeptMost">The most that may.</param>
public sealed record PoolState(long TensorBuffersRented, long TensorBytesKept, long TensorBytesKeptMost);

/// <summary>One model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Problem">What is wrong with it as a whole; empty for nothing.</param>
/// <param name="Versions">Its versions, lowest first.</param>
public sealed record ModelState(string Name, string Problem, IReadOnlyList<VersionState> Versions);

/// <summary>One version of a model.</summary>
/// <param name="Version">The version.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it failed, or what is wrong although it serves; empty for nothing.</param>
/// <param name="Executor">What runs it; null where nothing does.</param>
public sealed record VersionState(string Version, string State, string Reason, ExecutorState? Executor);

/// <summary>What runs a version.</summary>
/// <param name="Device">The device.</param>
/// <param name="Fallback">Why it is not the one that was asked for; null where it is.</param>
/// <param name="Lanes">Runs that may be under way at once.</param>
/// <param name="Running">Runs that are.</param>
/// <param name="BatchRowsMost">Most rows of a run; 1 where requests share none.</param>
/// <param name="WaitingRequests">Requests that wait for a lane.</param>
/// <param name="WaitingRows">Their rows.</param>
/// <param name="WaitingBytes">Their bytes.</param>
/// <param name="WaitingForRoom">Requests of streams that wait for room in the queue.</param>
/// <param name="Saturation">Recent waits by the wait that is aimed at.</param>
public sealed record ExecutorState(
    string Device,
    string? Fallback,
    int Lanes,
    int Running,
    long BatchRowsMost,
    int WaitingRequests,
    long WaitingRows,
    long WaitingBytes,
    int WaitingForRoom,
    double Saturation);
