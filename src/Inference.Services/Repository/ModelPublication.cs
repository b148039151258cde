using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Services.Repository;

/// <summary>
/// Puts one model into the registry as its versions are now, and tells of its problems and notes: each thing once, not at every
/// look. Guarded by the reconciler's lock.
/// </summary>
internal sealed class ModelPublication(string name, ReconcilerContext context)
{
    private string _problem = string.Empty;
    private ImmutableArray<ManifestNote> _notes = [];
    private bool _isEmpty;

    /// <summary>The routes that hold while the versions are as they are. Those that cannot be read stay while something serves.</summary>
    public RoutePlan Routes(StoredModel? stored, IReadOnlyDictionary<long, VersionSlot> slots)
    {
        var current = context.Registry.Find(name);
        var isBroken = stored is null || (stored.Problem.Length > 0 && stored.Versions.All(v => v.Problem.Length > 0));
        if (isBroken && current is not null && slots.Keys.Any(IsReady))
            return new RoutePlan(current.Labels, current.DefaultRoute, []);
        return RoutePlan.Next(stored?.Manifest ?? new ModelManifest(), current, IsReady);

        bool IsReady(long version) => slots.GetValueOrDefault(version)?.Visible.IsServable == true;
    }

    /// <summary>Requests see it from now on.</summary>
    public void Publish(StoredModel? stored, IReadOnlyDictionary<long, VersionSlot> slots, RoutePlan routes)
    {
        var isEmpty = slots.Count == 0;
        if (stored is null && isEmpty)
        {
            if (context.Registry.Remove(name))
                context.Forgotten(new PipelineKey(name, 0));
            return;
        }

        Tell(stored);
        if (isEmpty)
            context.Empty(name);
        else if (_isEmpty)
            context.Forgotten(new PipelineKey(name, 0));
        _isEmpty = isEmpty;
        context.Registry.Publish(new ModelEntry(name, [.. slots.Values.Select(s => s.Visible)], routes.Labels, routes.Default) { Problem = _problem, Notes = _notes });
    }

    private void Tell(StoredModel? stored)
    {
        var served = stored is null ? null : ServedVersions.Of(stored);
        var problem = ErrorText.BoundReason(served?.Problem ?? string.Empty);
        if (problem.Length > 0 && problem != _problem)
            context.Problem(name, problem);
        _problem = problem;
        var notes = served?.Manifest.Notes ?? [];
        foreach (var note in notes.Where(n => n.IsWarning).Except(_notes))
            context.Warning(name, note.Text);
        _notes = notes;
    }
}
