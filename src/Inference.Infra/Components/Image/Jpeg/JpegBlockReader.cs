namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>Reads the coefficients of blocks, as one scan gives them.</summary>
/// <param name="first">First coefficient of the scan.</param>
/// <param name="last">Last coefficient of the scan.</param>
/// <param name="refine">The scan adds one bit to coefficients of an earlier one.</param>
/// <param name="shift">Bits that later scans will add.</param>
internal sealed class JpegBlockReader(int first, int last, bool refine, int shift)
{
    private const int LongestNumber = 15;

    // Further blocks that have no coefficient of this scan.
    private int _endOfBlocks;

    /// <summary>Forgets what carries over from block to block.</summary>
    public void Restart() => _endOfBlocks = 0;

    /// <summary>Reads one block.</summary>
    public void Read(ref JpegBits bits, JpegComponent component, Span<short> block, JpegHuffman? dc, JpegHuffman? ac)
    {
        if (first == 0)
            ReadDc(ref bits, component, block, dc);
        if (last == 0)
            return;
        if (refine)
            RefineAc(ref bits, block, ac!);
        else
            ReadAc(ref bits, block, ac!);
    }

    private void ReadDc(ref JpegBits bits, JpegComponent component, Span<short> block, JpegHuffman? dc)
    {
        if (refine)
        {
            block[0] |= (short)(bits.Read(1) << shift);
            return;
        }

        var length = dc!.Decode(ref bits);
        if (length > LongestNumber)
            throw new InvalidDataException("a coefficient is too long");
        component.Prediction += bits.ReadSigned(length);
        block[0] = (short)(component.Prediction << shift);
    }

    private void ReadAc(ref JpegBits bits, Span<short> block, JpegHuffman ac)
    {
        if (_endOfBlocks > 0)
        {
            _endOfBlocks--;
            return;
        }

        for (var k = Math.Max(first, 1); k <= last; k++)
        {
            var (zeros, length) = Math.DivRem(ac.Decode(ref bits), 16);
            if (length == 0 && zeros < 15)
            {
                _endOfBlocks = (1 << zeros) - 1 + bits.Read(zeros);
                return;
            }

            k += zeros;
            if (length == 0)
                continue;
            if (k > last)
                throw new InvalidDataException("a block has too many coefficients");
            block[JpegTables.ZigZag[k]] = (short)(bits.ReadSigned(length) << shift);
        }
    }

    private void RefineAc(ref JpegBits bits, Span<short> block, JpegHuffman ac)
    {
        var k = first;
        while (_endOfBlocks == 0 && k <= last)
        {
            var (zeros, length) = Math.DivRem(ac.Decode(ref bits), 16);
            if (length == 0 && zeros < 15)
            {
                _endOfBlocks = (1 << zeros) + bits.Read(zeros);
                break;
            }

            if (length > 1)
                throw new InvalidDataException("a refinement has more than one bit");
            var value = length == 0 ? 0 : bits.Read(1) == 1 ? 1 << shift : -1 << shift;
            k = SkipZeros(ref bits, block, k, zeros);
            if (k <= last && value != 0)
                block[JpegTables.ZigZag[k]] = (short)value;
            k++;
        }

        if (_endOfBlocks == 0)
            return;
        SkipZeros(ref bits, block, k, JpegComponent.BlockSize);
        _endOfBlocks--;
    }

    // Goes to the zero coefficient behind so many others, and refines those on the way that are not zero.
    private int SkipZeros(ref JpegBits bits, Span<short> block, int k, int zeros)
    {
        for (; k <= last; k++)
        {
            ref var coefficient = ref block[JpegTables.ZigZag[k]];
            if (coefficient == 0 && zeros-- == 0)
                return k;
            if (coefficient != 0 && bits.Read(1) == 1 && (coefficient & (1 << shift)) == 0)
                coefficient += (short)(coefficient > 0 ? 1 << shift : -1 << shift);
        }

        return k;
    }
}
