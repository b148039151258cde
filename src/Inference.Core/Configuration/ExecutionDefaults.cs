namespace Inference.Core.Configuration;

/// <summary>What pipelines run with where their manifest says nothing, and the threads that they share.</summary>
public sealed record ExecutionDefaults
{
    /// <summary>The niceness of threads that run only where nobody else wants the processor.</summary>
    public const int IdleNiceness = 20;

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>auto</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Runs of one pipeline that may be under way at once; 0 is the number of processors.</summary>
    public int Lanes { get; init; }

    /// <summary>Threads of the pool that all runs share for work within one run; 0 is the number of processors.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Threads of each CPU device that start runs; 0 is the number of processors.</summary>
    public int WorkerThreads { get; init; }

    /// <summary>
    /// How much the threads that compute on the CPU stand back behind those that answer where processors are short, from 0,
    /// not at all, to 19, and <see cref="IdleNiceness"/>. Only on Linux.
    /// </summary>
    public int Niceness { get; init; } = IdleNiceness;

    /// <summary>
    /// A pipeline whose runs take less than this many microseconds runs on the thread that has the request, since handing
    /// over costs more than the run. 0 always hands over.
    /// </summary>
    public int InlineBelowMicroseconds { get; init; } = 50;
}
