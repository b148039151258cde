using System.Numerics;

namespace Inference.Infra.Components.Image;

/// <summary>value = (x * scale - mean[c]) / std[c], in double precision, into the model's order of values.</summary>
/// <param name="factors">scale / std of each channel.</param>
/// <param name="offsets">-mean / std of each channel.</param>
/// <param name="planar">The model wants channel after channel; else the channels of a pixel side by side.</param>
internal sealed class PixelScaling(double[] factors, double[] offsets, bool planar)
{
    /// <summary>Channels of a pixel.</summary>
    public int Channels => factors.Length;

    /// <summary>The scaling that options ask for.</summary>
    public static PixelScaling Create(double scale, IReadOnlyList<double> mean, IReadOnlyList<double> std, bool planar) =>
        new([.. std.Select(s => scale / s)], [.. mean.Select((m, c) => -m / std[c])], planar);

    /// <summary>Converts one image.</summary>
    /// <param name="pixels">Row after row, the channels of a pixel side by side.</param>
    /// <param name="target">As many values.</param>
    public void Apply<TFrom, T>(ReadOnlySpan<TFrom> pixels, Span<T> target)
        where TFrom : unmanaged, INumberBase<TFrom>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var channels = factors.Length;
        var count = pixels.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var (factor, offset) = (factors[c], offsets[c]);
            var (at, step) = planar ? (c * count, 1) : (c, channels);
            for (var source = c; source < pixels.Length; source += channels, at += step)
                target[at] = T.CreateTruncating((double.CreateTruncating(pixels[source]) * factor) + offset);
        }
    }
}
