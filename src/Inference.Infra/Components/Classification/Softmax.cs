using System.Numerics;

namespace Inference.Infra.Components.Classification;

/// <summary>
/// The softmax of one row, in double precision and without overflow. NaN scores take no share and stay NaN; infinite
/// scores share the whole among them; a row of minus infinities is shared equally.
/// </summary>
internal readonly struct Softmax
{
    private readonly double _largest;
    private readonly double _sum;

    /// <summary>Adds a row up.</summary>
    public static Softmax Of<T>(ReadOnlySpan<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var largest = double.NegativeInfinity;
        foreach (var score in row)
            largest = double.MaxNumber(largest, double.CreateTruncating(score));
        var sum = 0.0;
        foreach (var score in row)
        {
            var weight = Weight(double.CreateTruncating(score), largest);
            if (!double.IsNaN(weight))
                sum += weight;
        }

        return new Softmax(largest, sum);
    }

    private Softmax(double largest, double sum)
    {
        _largest = largest;
        _sum = sum;
    }

    /// <summary>The share of a score of the row, from 0 to 1.</summary>
    public double Probability(double score) => Weight(score, _largest) / _sum;

    // Infinity minus infinity is NaN, so the largest is told apart.
    private static double Weight(double score, double largest) => score == largest ? 1 : Math.Exp(score - largest);
}
