namespace Inference.Infra.Components.Image.Png;

/// <summary>Takes back the filter by which a row was made easier to compress.</summary>
internal static class PngFilter
{
    /// <summary>Restores a row in place.</summary>
    /// <param name="filter">Its filter type, 0 to 4.</param>
    /// <param name="row">The filtered bytes.</param>
    /// <param name="above">The restored row above; zeros for the first.</param>
    /// <param name="stride">Bytes from a byte to the same byte of the pixel before.</param>
    /// <exception cref="InvalidDataException">The filter type does not exist.</exception>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = stride; i < row.Length; i++)
                    row[i] += row[i - stride];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < stride ? 0 : row[i - stride]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++)
                    row[i] += i < stride ? above[i] : Paeth(row[i - stride], above[i], above[i - stride]);
                break;
            default:
                throw new InvalidDataException(filter < 0 ? "there are fewer pixels than the size needs" : $"row filter {filter} does not exist");
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - (2 * corner)));
        if (toLeft <= toAbove && toLeft <= toCorner)
            return left;
        return toAbove <= toCorner ? above : corner;
    }
}
