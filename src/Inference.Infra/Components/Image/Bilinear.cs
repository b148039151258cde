namespace Inference.Infra.Components.Image;

/// <summary>
/// Resizes by mixing the four nearest pixels, with pixel centres at half positions and edges repeated; no smoothing when
/// an image becomes smaller. What other libraries call bilinear with half-pixel centres, without antialiasing.
/// </summary>
internal static class Bilinear
{
    /// <summary>The image in another size, values from 0 to 255 and not rounded.</summary>
    /// <param name="pixels">Row after row, the channels of a pixel side by side.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="toHeight">Rows wanted.</param>
    /// <param name="toWidth">Pixels of a row wanted.</param>
    /// <param name="channels">Channels of a pixel.</param>
    public static float[] Resize(ReadOnlySpan<byte> pixels, int height, int width, int toHeight, int toWidth, int channels)
    {
        var result = new float[toHeight * toWidth * channels];
        var at = 0;
        for (var y = 0; y < toHeight; y++)
        {
            var (top, bottom, down) = Between(y, height, toHeight);
            for (var x = 0; x < toWidth; x++)
            {
                var (left, right, across) = Between(x, width, toWidth);
                for (var c = 0; c < channels; c++)
                {
                    var upper = Mix(pixels[(((top * width) + left) * channels) + c], pixels[(((top * width) + right) * channels) + c], across);
                    var lower = Mix(pixels[(((bottom * width) + left) * channels) + c], pixels[(((bottom * width) + right) * channels) + c], across);
                    result[at++] = Mix(upper, lower, down);
                }
            }
        }

        return result;
    }

    private static (int Low, int High, float Share) Between(int to, int size, int toSize)
    {
        var position = Math.Clamp(((to + 0.5) * size / toSize) - 0.5, 0, size - 1);
        var low = (int)position;
        return (low, Math.Min(low + 1, size - 1), (float)(position - low));
    }

    private static float Mix(float a, float b, float share) => a + ((b - a) * share);
}
