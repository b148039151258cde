namespace Inference.Core.Configuration;

/// <summary>
/// Finds the key that a mistyped one was most likely meant to be. The domain has the like for names in requests and manifests;
/// this assembly may not know the domain.
/// </summary>
internal static class NearestKey
{
    private const int LongestCompared = 64;

    /// <summary>" Did you mean 'x'?", or nothing where no key is within a third of the length in edits.</summary>
    public static string Hint(string key, IEnumerable<string> known)
    {
        if (key.Length > LongestCompared)
            return string.Empty;
        var (nearest, distance) = known.Select(k => (Key: k, Distance: Distance(key, k))).MinBy(k => k.Distance);
        return distance <= Math.Max(1, key.Length / 3) ? $" Did you mean '{nearest}'?" : string.Empty;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }

        return row[b.Length];
    }
}
