namespace Inference.Core.Threads;

/// <summary>How the kernel schedules a thread.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Niceness">From 0, like any other thread, to 19; an idle thread has one, too, by which nothing goes.</param>
/// <param name="Slice">How long it means to go on once it has the processor; zero leaves that to the kernel, as kernels before 6.12 always do.</param>
public readonly record struct ThreadScheduling(ThreadPolicy Policy, int Niceness, TimeSpan Slice = default)
{
    /// <summary>The thread that calls.</summary>
    public const int CallingThread = 0;

    /// <summary>What a thread has; null where it is gone, or the system does not tell.</summary>
    /// <param name="thread">The kernel's number of it, or <see cref="CallingThread"/>.</param>
    public static ThreadScheduling? Of(int thread) => SchedulerCalls.Read(thread) is { } attributes
        ? new ThreadScheduling((ThreadPolicy)attributes.Policy, attributes.Nice, TimeSpan.FromTicks((long)attributes.Slice / TimeSpan.NanosecondsPerTick))
        : null;

    /// <summary>Gives it to a thread; those that it starts later have it as well.</summary>
    /// <param name="thread">The kernel's number of it, or <see cref="CallingThread"/>.</param>
    /// <returns>False where the thread is gone or the system does not do that: not Linux, or a sandbox that forbids it.</returns>
    public bool TrySet(int thread) => SchedulerCalls.Write(thread, new SchedulerCalls.Attributes
    {
        Policy = (uint)Policy,
        Nice = Niceness,
        Slice = (ulong)(Slice.Ticks * TimeSpan.NanosecondsPerTick),
    });
}
