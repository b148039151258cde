using Inference.Infra.OnnxRuntime.Native;

namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// The C library's heap as a server needs it that loads and unloads models for months. Threads that have allocated keep the
/// heap that they got, so that it is set up as the first thing of a process. Thread-safe; again is no harm.
/// </summary>
public static class NativeHeap
{
    // What the library begins with. Weights and what runs compute are mostly larger, the objects of the runtime far smaller.
    private const int MappedBlock = 128 << 10;

    // As many as threads can run at a time. The library has eight times as many, and models leave pieces of free memory in each.
    private const int LeastArenas = 2;

    /// <summary>Sets it up for the life of the process, where it is there and the environment does not say how it is to be.</summary>
    public static void SetUp()
    {
        _ = CLibraryHeap.MapBlocksFrom(MappedBlock);
        _ = CLibraryHeap.LimitArenas(Math.Max(LeastArenas, Environment.ProcessorCount));
    }
}
