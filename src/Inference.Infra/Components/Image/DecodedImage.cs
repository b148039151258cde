namespace Inference.Infra.Components.Image;

/// <summary>Pixels of one image, row after row, 8 bits a channel.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Channels">1 is grey, 3 is red, green and blue side by side.</param>
/// <param name="Pixels">Height * Width * Channels values.</param>
internal sealed record DecodedImage(int Height, int Width, int Channels, byte[] Pixels)
{
    /// <summary>The same image in grey or in colour.</summary>
    public DecodedImage To(int channels)
    {
        if (channels == Channels)
            return this;
        var pixels = new byte[Height * Width * channels];
        if (channels == 1)
            Grey(Pixels, pixels);
        else
            Colour(Pixels, pixels);
        return new DecodedImage(Height, Width, channels, pixels);
    }

    // ITU-R 601 luma in 16-bit fixed point, rounded.
    private static void Grey(ReadOnlySpan<byte> colour, Span<byte> grey)
    {
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)(((colour[3 * i] * 19595) + (colour[(3 * i) + 1] * 38470) + (colour[(3 * i) + 2] * 7471) + 0x8000) >> 16);
    }

    private static void Colour(ReadOnlySpan<byte> grey, Span<byte> colour)
    {
        for (var i = 0; i < grey.Length; i++)
            colour.Slice(3 * i, 3).Fill(grey[i]);
    }
}
