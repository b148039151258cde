namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>Puts the components of a frame together to pixels.</summary>
internal static class JpegPixels
{
    /// <summary>The image.</summary>
    /// <param name="frame">With all coefficients.</param>
    /// <param name="tables">With the quantization tables.</param>
    /// <param name="isRgb">Components are red, green and blue; else luma and chroma.</param>
    public static DecodedImage Assemble(JpegFrame frame, JpegTables tables, bool isRgb)
    {
        var planes = frame.Components.Select(c => Plane(frame, c, tables)).ToArray();
        var pixels = new byte[frame.Height * frame.Width * planes.Length];
        if (planes.Length == 1)
            Grey(planes[0], pixels);
        else
            Colour(planes, pixels, isRgb);
        return new DecodedImage(frame.Height, frame.Width, planes.Length, pixels);
    }

    // A component with fewer samples than the image is stretched by mixing neighbours, centres at half positions.
    private static float[] Plane(JpegFrame frame, JpegComponent component, JpegTables tables)
    {
        var samples = JpegTransform.Samples(component, tables.Quantization(component.Quantization));
        var width = component.Stride * 8;
        var across = Places(frame.Width, component.Horizontal, frame.MaxHorizontal);
        var down = Places(frame.Height, component.Vertical, frame.MaxVertical);
        var plane = new float[frame.Height * frame.Width];
        for (var y = 0; y < frame.Height; y++)
        {
            var upper = samples.AsSpan(down[y].Low * width, width);
            var lower = samples.AsSpan(down[y].High * width, width);
            for (var x = 0; x < frame.Width; x++)
            {
                var (low, high, share) = across[x];
                var above = upper[low] + ((upper[high] - upper[low]) * share);
                var below = lower[low] + ((lower[high] - lower[low]) * share);
                plane[(y * frame.Width) + x] = above + ((below - above) * down[y].Share);
            }
        }

        return plane;
    }

    private static (int Low, int High, float Share)[] Places(int size, int sampling, int most)
    {
        var samples = ((size * sampling) + most - 1) / most;
        return [.. Enumerable.Range(0, size).Select(at =>
        {
            var position = Math.Clamp(((at + 0.5f) * sampling / most) - 0.5f, 0, samples - 1);
            var low = (int)position;
            return (low, Math.Min(low + 1, samples - 1), position - low);
        })];
    }

    private static void Grey(float[] plane, byte[] pixels)
    {
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = Rounded(plane[i]);
    }

    private static void Colour(float[][] planes, byte[] pixels, bool isRgb)
    {
        for (var i = 0; i < planes[0].Length; i++)
        {
            var (first, second, third) = (planes[0][i], planes[1][i], planes[2][i]);
            if (!isRgb)
            {
                var (blue, red) = (second - 128, third - 128);
                (first, second, third) = (first + (1.402f * red), first - (0.344136f * blue) - (0.714136f * red), first + (1.772f * blue));
            }

            pixels[3 * i] = Rounded(first);
            pixels[(3 * i) + 1] = Rounded(second);
            pixels[(3 * i) + 2] = Rounded(third);
        }
    }

    private static byte Rounded(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
