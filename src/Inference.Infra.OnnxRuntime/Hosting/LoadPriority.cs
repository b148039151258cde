using Inference.Domain.Registry;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>
/// Opening a large model takes a processor for seconds: its thread stands back, so that requests to other models go first.
/// </summary>
/// <param name="niceness">From 0, like any other thread, to 19, and 20 for one that runs only where nobody else wants the processor.</param>
public sealed class LoadPriority(int niceness) : ILoadPriority
{
    /// <inheritdoc/>
    public void Enter() => ThreadNiceness.Set(niceness);
}
