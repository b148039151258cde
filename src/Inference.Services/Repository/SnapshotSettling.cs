using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>
/// Lets changes of the storage through once they have stayed as they are, so that neither a half-copied version is picked up nor
/// one is given up that is away only while it is replaced. Pure but for what it remembers; times come from a clock that only goes
/// forward. Not thread-safe.
/// </summary>
internal sealed class SnapshotSettling
{
    private readonly SortedDictionary<string, ModelTrack> _models = new(StringComparer.Ordinal);

    /// <summary>Something was seen that has not stayed as it is for long enough.</summary>
    public bool HasPending => _models.Values.Any(m => m.HasPending);

    /// <summary>What should be served after one more look.</summary>
    /// <param name="seen">Everything in storage.</param>
    /// <param name="now">Time of the look.</param>
    /// <param name="settle">For how long a change must have stayed.</param>
    /// <param name="isOld">Versions that need not be seen twice; null for none.</param>
    public IReadOnlyList<StoredModel> Look(IReadOnlyList<StoredModel> seen, TimeSpan now, TimeSpan settle, Func<StoredVersion, bool>? isOld = null)
    {
        var byName = seen.ToDictionary(m => m.Name, StringComparer.Ordinal);
        foreach (var name in byName.Keys)
            _models.TryAdd(name, new ModelTrack());
        foreach (var (name, track) in _models)
            track.Look(byName.GetValueOrDefault(name), now, settle, isOld);
        foreach (var name in _models.Where(m => m.Value.IsGone).Select(m => m.Key).ToList())
            _models.Remove(name);
        return [.. _models.Values.Select(m => m.Settled).OfType<StoredModel>()];
    }

    private sealed class ModelTrack
    {
        private readonly Track<StoredModel> _model = new();
        private readonly SortedDictionary<long, Track<StoredVersion>> _versions = [];

        public bool HasPending => _model.HasPending || _versions.Values.Any(v => v.HasPending);

        public bool IsGone => _model is { Accepted: null, HasPending: false } && _versions.Count == 0;

        // A model all of whose versions are still being copied is not there yet.
        public StoredModel? Settled
        {
            get
            {
                if (_model.Accepted is not { } model)
                    return null;
                List<StoredVersion> versions = [.. _versions.Values.Select(v => v.Accepted).OfType<StoredVersion>()];
                return versions.Count == 0 && _versions.Values.Any(v => v.HasPending) ? null : model with { Versions = versions };
            }
        }

        public void Look(StoredModel? seen, TimeSpan now, TimeSpan settle, Func<StoredVersion, bool>? isOld)
        {
            _model.See(seen, seen is null ? null : $"{seen.Stamp}|{seen.Problem}", now, settle, isOld is not null && seen is not null);

            // What cannot be listed now may be there all the same.
            if (seen is { IsUnreadable: true })
                return;
            var versions = seen?.Versions.ToDictionary(v => v.Version) ?? [];
            foreach (var version in versions.Keys)
                _versions.TryAdd(version, new Track<StoredVersion>());
            foreach (var (number, track) in _versions)
            {
                var version = versions.GetValueOrDefault(number);
                track.See(version, version?.Stamp, now, settle, version is not null && isOld?.Invoke(version) == true);
            }

            foreach (var number in _versions.Where(v => v.Value is { Accepted: null, HasPending: false }).Select(v => v.Key).ToList())
                _versions.Remove(number);
        }
    }

    private sealed class Track<T>
        where T : class
    {
        private string? _acceptedStamp;
        private string? _pendingStamp;
        private TimeSpan _since;

        public T? Accepted { get; private set; }

        public bool HasPending { get; private set; }

        /// <summary>One more look.</summary>
        /// <param name="value">What is there; null where nothing is.</param>
        /// <param name="stamp">Stands for it; null where nothing is.</param>
        /// <param name="now">Time of the look.</param>
        /// <param name="settle">For how long it must have stayed.</param>
        /// <param name="atOnce">It need not be seen twice.</param>
        public void See(T? value, string? stamp, TimeSpan now, TimeSpan settle, bool atOnce)
        {
            if (stamp == _acceptedStamp)
            {
                HasPending = false;
                return;
            }

            if (!HasPending || _pendingStamp != stamp)
                (HasPending, _pendingStamp, _since) = (true, stamp, now);
            if (!atOnce && (_since == now || now - _since < settle))
                return;
            (Accepted, _acceptedStamp, HasPending) = (value, stamp, false);
        }
    }
}
