namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>
/// Reads the bits of a scan. A marker or the end of the file ends the bits: looking beyond gives zeros, taking them is an error.
/// </summary>
internal ref struct JpegBits(ReadOnlySpan<byte> file, int position)
{
    private readonly ReadOnlySpan<byte> _file = file;
    private ulong _buffer;
    private int _count;
    private int _beyond;

    /// <summary>The next byte that has not been read, at most the marker that ended the bits.</summary>
    public int Position { get; private set; } = position;

    /// <summary>The next 16 bits, which stay.</summary>
    public int Peek16()
    {
        if (_count < 16)
            Fill();
        return (int)(_buffer >> (_count - 16)) & 0xFFFF;
    }

    /// <summary>Takes up to 16 bits that were looked at.</summary>
    /// <exception cref="InvalidDataException">The data end before.</exception>
    public void Skip(int bits)
    {
        _count -= bits;
        if (_count < _beyond)
            throw new InvalidDataException("the file is cut off, or its data are damaged");
    }

    /// <summary>The next up to 16 bits as a number.</summary>
    public int Read(int bits)
    {
        if (bits == 0)
            return 0;
        var value = Peek16() >> (16 - bits);
        Skip(bits);
        return value;
    }

    /// <summary>A signed number of so many bits, in which a leading 0 means that it is negative.</summary>
    public int ReadSigned(int bits)
    {
        var value = Read(bits);
        return bits == 0 || value >= 1 << (bits - 1) ? value : value - (1 << bits) + 1;
    }

    /// <summary>Drops the bits up to the marker that must come next, and goes behind it.</summary>
    /// <exception cref="InvalidDataException">Another marker comes, or data.</exception>
    public void Restart(int marker)
    {
        (_buffer, _count, _beyond) = (0, 0, 0);
        if (Position + 1 >= _file.Length || _file[Position] != 0xFF || _file[Position + 1] != marker)
            throw new InvalidDataException("a restart marker is missing");
        Position += 2;
    }

    private void Fill()
    {
        while (_count <= 48)
        {
            _buffer <<= 8;
            _count += 8;
            if (Position >= _file.Length || (_file[Position] == 0xFF && (Position + 1 >= _file.Length || _file[Position + 1] != 0)))
            {
                _beyond += 8;
                continue;
            }

            _buffer |= _file[Position];
            Position += _file[Position] == 0xFF ? 2 : 1;
        }
    }
}
