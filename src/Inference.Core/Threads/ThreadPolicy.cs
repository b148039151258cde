namespace Inference.Core.Threads;

/// <summary>Policies of the kernel's scheduler for threads that share its time, by the numbers of sched(7).</summary>
public enum ThreadPolicy
{
    /// <summary>Every thread's at first (SCHED_OTHER): one that wakes may take the processor from the one that has it.</summary>
    Ordinary = 0,

    /// <summary>One that wakes waits until a processor is free or the turn of the one that has it is over, but takes it from idle ones (SCHED_BATCH).</summary>
    Patient = 3,

    /// <summary>Runs only where nobody else wants the processor (SCHED_IDLE).</summary>
    Idle = 5,
}
