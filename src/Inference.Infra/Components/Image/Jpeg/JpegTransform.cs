namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>From the coefficients of a component to its samples: the inverse cosine transform.</summary>
internal static class JpegTransform
{
    private const int Side = 8;

    // Share of coefficient k in sample n, for n from 0 to 3; sample 7 - n has the same for even k and the opposite for odd k.
    private static readonly float[] Cosines = [.. Enumerable.Range(0, 32).Select(i => Cosine(i / 4, i % 4))];

    /// <summary>The samples of whole blocks, row after row, <c>Stride * 8</c> to a row, not rounded, around 128.</summary>
    public static float[] Samples(JpegComponent component, ReadOnlySpan<ushort> factors)
    {
        var width = component.Stride * Side;
        var samples = new float[component.Coefficients.Length];
        Span<float> block = stackalloc float[JpegComponent.BlockSize];
        for (var at = 0; at < component.Coefficients.Length; at += JpegComponent.BlockSize)
        {
            for (var i = 0; i < block.Length; i++)
                block[i] = component.Coefficients[at + i] * factors[i];
            Invert(block);
            var (row, column) = Math.DivRem(at / JpegComponent.BlockSize, component.Stride);
            for (var y = 0; y < Side; y++)
                block.Slice(y * Side, Side).CopyTo(samples.AsSpan((((row * Side) + y) * width) + (column * Side)));
        }

        return samples;
    }

    private static void Invert(Span<float> block)
    {
        for (var column = 0; column < Side; column++)
            Invert(block[column..], Side);
        for (var row = 0; row < Side; row++)
            Invert(block[(row * Side)..], 1);
        foreach (ref var sample in block)
            sample += 128;
    }

    private static void Invert(Span<float> line, int step)
    {
        Span<float> result = stackalloc float[Side];
        for (var n = 0; n < Side / 2; n++)
        {
            float even = 0, odd = 0;
            for (var k = 0; k < Side; k += 2)
            {
                even += line[k * step] * Cosines[(k * 4) + n];
                odd += line[(k + 1) * step] * Cosines[((k + 1) * 4) + n];
            }

            result[n] = even + odd;
            result[Side - 1 - n] = even - odd;
        }

        for (var n = 0; n < Side; n++)
            line[n * step] = result[n];
    }

    private static float Cosine(int k, int n) => (float)((k == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos(((2 * n) + 1) * k * Math.PI / 16));
}
