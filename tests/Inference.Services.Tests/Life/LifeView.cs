using Inference.Domain.Registry;

namespace Inference.Services.Tests.Life;

/// <summary>What requests see at rest, and what is being loaded.</summary>
/// <param name="Versions">Every version.</param>
/// <param name="Loading">Labels of what is being loaded.</param>
/// <param name="Wishes">What should be.</param>
internal sealed record LifeView(IReadOnlyList<LifeVersion> Versions, IReadOnlySet<string> Loading, IReadOnlyDictionary<string, LifeWish> Wishes)
{
    public static LifeView Of(LifeWorld world) => new(
        [.. world.Registry.Models.SelectMany(m => m.Versions).Select(e => new LifeVersion(e, e.State, e.IsServable, e.Remark, e.State == PipelineState.Ready ? (LifeExecutor)e.Pipeline!.Model.Executor : null))],
        world.Runtime.Parked.Select(l => l.Label).ToHashSet(StringComparer.Ordinal),
        world.Wishes.Models.ToDictionary(w => w.Model, StringComparer.Ordinal));

    public LifeVersion? Find(PipelineKey key) => Versions.FirstOrDefault(v => v.Key == key);

    public LifeWish? Wish(PipelineKey key) => Wishes.GetValueOrDefault(key.Name);

    public bool Wants(PipelineKey key) => Wish(key)?.Find(key.Version) is not null;
}

/// <summary>A version at one moment.</summary>
internal sealed record LifeVersion(PipelineEntry Entry, PipelineState State, bool IsServable, string Remark, LifeExecutor? Executor)
{
    public PipelineKey Key => Entry.Key;

    public bool IsReady => State == PipelineState.Ready;

    public override string ToString() => $"{Key}:{State}{(Remark.Length > 0 ? "!" : string.Empty)}{(Executor is null ? string.Empty : $"({Executor.Content})")}";
}
