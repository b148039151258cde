using System.Collections.Frozen;
using System.Collections.Immutable;
using Inference.Domain.Registry;

namespace Inference.Domain.Routing;

/// <summary>
/// Which labels and default route hold while a model changes. A label moves to another version when that serves; until then, or
/// where that failed to load, it stays where it was, so that no request is lost on the way. Pure. Immutable.
/// </summary>
/// <param name="Labels">Labels that hold now.</param>
/// <param name="Default">Default route that holds now.</param>
/// <param name="Held">Versions that must go on serving, since something still leads to them only because its successor does not serve.</param>
public sealed record RoutePlan(FrozenDictionary<string, long> Labels, VersionRoute? Default, ImmutableArray<long> Held)
{
    /// <summary>The routes that hold now.</summary>
    /// <param name="wanted">What the manifest says.</param>
    /// <param name="current">What holds until now; null for a new model.</param>
    /// <param name="isReady">Whether a version serves.</param>
    public static RoutePlan Next(ModelManifest wanted, ModelEntry? current, Func<long, bool> isReady)
    {
        if (current is null)
            return new RoutePlan(wanted.Labels, wanted.DefaultRoute, []);
        var held = ImmutableArray.CreateBuilder<long>();
        var labels = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (label, version) in wanted.Labels)
        {
            var stays = current.Labels.TryGetValue(label, out var old) && old != version && !isReady(version) && isReady(old);
            labels[label] = stays ? old : version;
            if (stays)
                held.Add(old);
        }

        var route = wanted.DefaultRoute;
        if (current.DefaultRoute is { Version: { } from } && route is { Version: { } to } && from != to && !isReady(to) && isReady(from))
        {
            route = current.DefaultRoute;
            held.Add(from);
        }

        return new RoutePlan(labels.ToFrozenDictionary(StringComparer.Ordinal), route, held.ToImmutable());
    }
}
