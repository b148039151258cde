namespace Inference.Domain;

/// <summary>Finds the known name that a mistyped one was most likely meant to be.</summary>
public static class NearestName
{
    private const int LongestCompared = 64;

    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="name"/>, if that is at most a third of its length
    /// (at least one edit); null where none is that near. Comparison ignores case.
    /// </summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length > LongestCompared)
            return null;
        var limit = Math.Max(1, name.Length / 3);
        string? best = null;
        foreach (var candidate in candidates.Where(c => c.Length <= LongestCompared))
        {
            var distance = Distance(name, candidate);
            if (distance > limit || (distance == limit && best is not null))
                continue;
            (best, limit) = (candidate, distance);
        }

        return best;
    }

    /// <summary>" Did you mean 'x'?" or an empty string.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;

    private static int Distance(string a, string b)
    {
        Span<int> previous = stackalloc int[b.Length + 1];
        Span<int> current = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
            }

            current.CopyTo(previous);
        }

        return previous[b.Length];
    }
}
