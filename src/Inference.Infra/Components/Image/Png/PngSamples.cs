namespace Inference.Infra.Components.Image.Png;

/// <summary>Turns the restored bytes of a row into pixels of 8 bits a channel.</summary>
internal static class PngSamples
{
    /// <summary>Writes a row.</summary>
    /// <param name="row">Restored bytes.</param>
    /// <param name="chunks">Header and palette.</param>
    /// <param name="target">The image from the row's first pixel on.</param>
    /// <param name="columns">Pixels of the row.</param>
    /// <param name="step">Pixels from one to the next in the image.</param>
    /// <exception cref="InvalidDataException">A pixel has an index that the palette does not have.</exception>
    public static void Write(ReadOnlySpan<byte> row, PngChunks chunks, Span<byte> target, int columns, int step)
    {
        var header = chunks.Header;
        var (samples, channels) = (header.Samples, header.Channels);
        var palette = header.Kind == PngColour.Palette ? chunks.Palette.Span : default;
        for (var column = 0; column < columns; column++)
        {
            var pixel = target.Slice(column * step * channels, channels);
            if (header.Kind == PngColour.Palette)
                LookUp(palette, Sample(row, column, header.Depth), pixel);
            else if (header.Depth < 8)
                pixel[0] = (byte)(Sample(row, column, header.Depth) * 255 / ((1 << header.Depth) - 1));
            else
                Copy(row, column * samples, header.Depth, pixel);
        }
    }

    private static void LookUp(ReadOnlySpan<byte> palette, int index, Span<byte> pixel)
    {
        if ((index + 1) * 3 > palette.Length)
            throw new InvalidDataException($"the palette has no colour {index}");
        palette.Slice(index * 3, 3).CopyTo(pixel);
    }

    private static int Sample(ReadOnlySpan<byte> row, int column, int depth)
    {
        var bit = column * depth;
        return (row[bit / 8] >> (8 - depth - (bit % 8))) & ((1 << depth) - 1);
    }

    // Of 16 bits the upper 8 are taken.
    private static void Copy(ReadOnlySpan<byte> row, int sample, int depth, Span<byte> pixel)
    {
        var size = depth / 8;
        for (var c = 0; c < pixel.Length; c++)
            pixel[c] = row[(sample + c) * size];
    }
}
