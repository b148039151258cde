using System.Runtime.CompilerServices;
using Inference.Domain.Registry;

namespace Inference.Services.Tests.Life;

/// <summary>Checks what is told of each pipeline's states against the design. Thread-safe.</summary>
internal sealed class LifeTransitions
{
    private readonly ConditionalWeakTable<PipelineEntry, StrongBox<PipelineState>> _states = [];
    private readonly Lock _lock = new();

    /// <summary>Steps that there must not be.</summary>
    public List<string> Wrong { get; } = [];

    public void See(PipelineEntry entry)
    {
        lock (_lock)
        {
            var to = entry.State;
            var last = _states.GetValue(entry, _ => new StrongBox<PipelineState>(to));
            if (last.Value != to && !IsReachable(last.Value, to))
                Wrong.Add($"{entry.Key} went from {last.Value} to {to}");
            last.Value = to;
        }
    }

    // Over states in between as well, since what is told may be later than what it tells of.
    private static bool IsReachable(PipelineState from, PipelineState to) => from switch
    {
        PipelineState.Dormant => true,
        PipelineState.Loading => to is not PipelineState.Dormant,
        PipelineState.WarmingUp => to is PipelineState.Ready or PipelineState.Failed or PipelineState.Draining or PipelineState.Unloaded,
        PipelineState.Ready => to is PipelineState.Draining or PipelineState.Unloaded,
        PipelineState.Draining => to is PipelineState.Unloaded,
        _ => false,
    };
}
