using System.Numerics;

namespace Inference.Infra.Components.Classification;

/// <summary>Finds the largest scores.</summary>
internal static class Ranking
{
    /// <summary>
    /// Writes the indices of the largest scores, largest first; of equal scores the lower index comes first, NaN comes last.
    /// </summary>
    /// <param name="scores">At least as many as <paramref name="best"/> has places.</param>
    /// <param name="best">Filled with indices.</param>
    public static void Best<T>(ReadOnlySpan<T> scores, Span<long> best)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var found = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (found == best.Length && !IsBetter(scores[i], scores[(int)best[^1]]))
                continue;
            var place = Place(scores, best[..found], scores[i]);
            found = Math.Min(found + 1, best.Length);
            best[place..(found - 1)].CopyTo(best[(place + 1)..]);
            best[place] = i;
        }
    }

    // The first place whose score is worse. Indices rise from call to call, so equal scores stay in their order.
    private static int Place<T>(ReadOnlySpan<T> scores, ReadOnlySpan<long> best, T score)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (low, high) = (0, best.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (IsBetter(score, scores[(int)best[middle]]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static bool IsBetter<T>(T score, T than)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => score > than || (T.IsNaN(than) && !T.IsNaN(score));
}
