using System.Collections.Immutable;

namespace Inference.Domain.Registry;

/// <summary>
/// The next steps from what a model is to what it should be. Pure. New is loaded before old is unloaded; a version that failed
/// is tried again only with other content, or when a request wants it; what serves is not given up for what does not. A version
/// that is loaded by its first request is only made known, unless it takes the place of one that is in memory.
/// </summary>
public static class ModelPlan
{
    /// <summary>Steps that can be begun now; none where there is nothing to do, or nothing before a load ends.</summary>
    /// <param name="target">What should be.</param>
    /// <param name="actual">What is, one for each version.</param>
    public static ImmutableArray<VersionStep> Next(ModelTarget target, IReadOnlyList<VersionStatus> actual)
    {
        var steps = ImmutableArray.CreateBuilder<VersionStep>();
        var replaces = target.Exists && actual.Any(a => a.State == PipelineState.Ready && !Wants(target, a.Version));
        foreach (var wanted in target.Versions)
        {
            if (StepOfWanted(wanted, Find(actual, wanted.Version), replaces) is { } kind)
                steps.Add(new VersionStep(kind, wanted.Version));
        }

        var mayUnload = MayUnload(target, actual, loadsPlanned: steps.Any(s => s.Kind == VersionStepKind.Load));
        foreach (var status in actual)
        {
            if (!Wants(target, status.Version) && StepOfUnwanted(target, status, mayUnload) is { } kind)
                steps.Add(new VersionStep(kind, status.Version));
        }

        return steps.ToImmutable();
    }

    private static VersionStepKind? StepOfWanted(VersionTarget wanted, VersionStatus? status, bool replaces)
    {
        var waits = wanted.IsLazy && !replaces;
        return status switch
        {
            null => waits ? VersionStepKind.Sleep : VersionStepKind.Load,
            { IsLoading: true } => null,
            { IsDemanded: true, State: not PipelineState.Ready } => VersionStepKind.Load,
            { State: PipelineState.Ready } there => there.Stamp != wanted.Stamp && there.Tried != wanted.Stamp ? VersionStepKind.Load : null,
            { State: PipelineState.Dormant } there => waits || there.IsEvicted ? null : VersionStepKind.Load,
            { State: PipelineState.Failed } there when there.Tried == wanted.Stamp => null,
            { } there => waits || there.IsEvicted ? VersionStepKind.Sleep : VersionStepKind.Load,
        };
    }

    // Where the model has gone from storage there is no successor to wait for.
    private static bool MayUnload(ModelTarget target, IReadOnlyList<VersionStatus> actual, bool loadsPlanned)
    {
        if (!target.Exists)
            return true;
        return !loadsPlanned && !actual.Any(a => a.IsLoading) && actual.Any(a => a.State is PipelineState.Ready or PipelineState.Dormant && Wants(target, a.Version));
    }

    private static VersionStepKind? StepOfUnwanted(ModelTarget target, VersionStatus status, bool mayUnload)
    {
        if (status.IsLoading)
            return null;
        return status.State switch
        {
            PipelineState.Ready or PipelineState.Dormant when mayUnload && !target.Held.Contains(status.Version) => VersionStepKind.Unload,
            PipelineState.Failed => VersionStepKind.Forget,
            PipelineState.Unloaded when !target.Listed.Contains(status.Version) => VersionStepKind.Forget,
            _ => null,
        };
    }

    private static bool Wants(ModelTarget target, long version) => target.Versions.Any(v => v.Version == version);

    private static VersionStatus? Find(IReadOnlyList<VersionStatus> actual, long version)
    {
        foreach (var status in actual)
        {
            if (status.Version == version)
                return status;
        }

        return null;
    }
}

/// <summary>What a model should be.</summary>
/// <param name="Exists">The model is to be served; false unloads it whether or not something takes its place.</param>
/// <param name="Versions">The versions to serve.</param>
/// <param name="Held">Versions that routes still lead to until their successors serve; not unloaded.</param>
/// <param name="Listed">Versions that stay known when they are not loaded.</param>
public sealed record ModelTarget(bool Exists, ImmutableArray<VersionTarget> Versions, ImmutableArray<long> Held, ImmutableArray<long> Listed)
{
    /// <summary>Nothing is to be served or known.</summary>
    public static ModelTarget Gone { get; } = new(false, [], [], []);
}

/// <summary>A version to serve, and the content that it should have.</summary>
public readonly record struct VersionTarget(long Version, string Stamp)
{
    /// <summary>It is loaded by its first request, and not before.</summary>
    public bool IsLazy { get; init; }
}

/// <summary>A version as it is.</summary>
/// <param name="Version">Its number.</param>
/// <param name="State">State of what is visible of it: that which serves, while something newer is loaded.</param>
/// <param name="Stamp">Content of what serves; empty where nothing does.</param>
/// <param name="Tried">Content whose last load failed; empty where none did.</param>
/// <param name="IsLoading">Something of it is being loaded.</param>
public readonly record struct VersionStatus(long Version, PipelineState State, string Stamp, string Tried, bool IsLoading)
{
    /// <summary>A request, or a call, wants it in memory now.</summary>
    public bool IsDemanded { get; init; }

    /// <summary>It had to make room for others, so that it waits for a request although it is not loaded lazily.</summary>
    public bool IsEvicted { get; init; }
}

/// <summary>One step.</summary>
public readonly record struct VersionStep(VersionStepKind Kind, long Version);

/// <summary>Kinds of steps.</summary>
public enum VersionStepKind
{
    /// <summary>Load it; where it serves already, beside what serves, which is replaced once the new is ready.</summary>
    Load,

    /// <summary>Make it known, so that its first request loads it.</summary>
    Sleep,

    /// <summary>Take it off the routes, wait for its leases, free it.</summary>
    Unload,

    /// <summary>It holds nothing and is not wanted: take it off the list.</summary>
    Forget,
}
