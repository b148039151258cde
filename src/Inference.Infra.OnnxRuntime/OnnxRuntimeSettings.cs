namespace Inference.Infra.OnnxRuntime;

/// <summary>
/// Threads of the process that run models. Immutable. ONNX Runtime has one environment for each process, so the pools are
/// those of the first settings that a process uses; later ones that differ are said in the log.
/// </summary>
public sealed record OnnxRuntimeSettings
{
    /// <summary>Threads that share the work within one operator, for all models together; 0 is the number of processors.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Threads that run operators side by side, for all models together; models run them one after the other, so 1 does.</summary>
    public int InterOpThreads { get; init; } = 1;

    /// <summary>Threads that start runs on the CPU, for all models together; 0 is the number of processors.</summary>
    public int WorkerThreads { get; init; }

    /// <summary>Threads that start runs on each CUDA device; they wait for the device more than they compute.</summary>
    public int CudaWorkerThreads { get; init; } = 4;

    /// <summary>
    /// How much the threads that compute stand back behind all others of the process where processors are short, from 0, not
    /// at all, to 19, and 20 for threads that run only where nobody else wants the processor. Only on Linux.
    /// </summary>
    public int Niceness { get; init; }

    /// <summary>Lets threads of the pools burn processor time for a while before they sleep: a little faster, at the price of idle processors.</summary>
    public bool Spinning { get; init; }
}
