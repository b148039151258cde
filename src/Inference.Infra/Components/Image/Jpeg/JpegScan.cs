namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>Reads one scan: some components, all or some of their coefficients.</summary>
internal sealed class JpegScan
{
    private const int FirstRestartMarker = 0xD0;
    private readonly JpegFrame _frame;
    private readonly List<(JpegComponent Component, JpegHuffman? Dc, JpegHuffman? Ac)> _parts = [];
    private readonly JpegBlockReader _blocks;
    private readonly int _restartInterval;

    /// <summary>Reads the scan's header.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or what it needs is missing.</exception>
    public JpegScan(ReadOnlySpan<byte> segment, JpegFrame frame, JpegTables tables)
    {
        if (segment.IsEmpty || segment[0] is < 1 or > 4 || segment.Length != 4 + (2 * segment[0]))
            throw new InvalidDataException("a scan header has a wrong length");
        var range = segment[^3..];
        var (first, last, high, low) = (range[0], range[1], range[2] >> 4, range[2] & 15);
        if (!frame.Progressive)
            (first, last, high, low) = (0, 63, 0, 0);
        if (first > last || last > 63 || low > 13 || (frame.Progressive && (first == 0) != (last == 0)))
            throw new InvalidDataException("a scan header has a range of coefficients that does not exist");
        _frame = frame;
        _restartInterval = tables.RestartInterval;
        _blocks = new JpegBlockReader(first, last, refine: high > 0, low);
        for (var i = 0; i < segment[0]; i++)
            AddPart(segment[1 + (2 * i)], segment[2 + (2 * i)], tables, needsDc: first == 0 && high == 0, needsAc: last > 0);
        if (_parts.Count > 1 && first > 0)
            throw new InvalidDataException("a scan of several components has more than their first coefficients");
    }

    /// <summary>Reads the scan's data.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">Where the data begin.</param>
    /// <returns>Where they end.</returns>
    public int Read(ReadOnlySpan<byte> file, int position)
    {
        var bits = new JpegBits(file, position);
        foreach (var (component, _, _) in _parts)
            component.Prediction = 0;
        var single = _parts.Count == 1 ? _parts[0].Component : null;
        var (rows, columns) = single is null ? (_frame.UnitRows, _frame.UnitColumns) : (single.Rows, single.Columns);
        for (var unit = 0; unit < rows * columns; unit++)
        {
            if (_restartInterval > 0 && unit > 0 && unit % _restartInterval == 0)
                Restart(ref bits, (unit / _restartInterval) - 1);
            var (row, column) = Math.DivRem(unit, columns);
            if (single is null)
                ReadUnit(ref bits, row, column);
            else
                _blocks.Read(ref bits, single, single.Block(row, column), _parts[0].Dc, _parts[0].Ac);
        }

        return bits.Position;
    }

    private void ReadUnit(ref JpegBits bits, int row, int column)
    {
        foreach (var (component, dc, ac) in _parts)
        {
            for (var v = 0; v < component.Vertical; v++)
            {
                for (var h = 0; h < component.Horizontal; h++)
                    _blocks.Read(ref bits, component, component.Block((row * component.Vertical) + v, (column * component.Horizontal) + h), dc, ac);
            }
        }
    }

    private void Restart(ref JpegBits bits, int count)
    {
        bits.Restart(FirstRestartMarker + (count % 8));
        _blocks.Restart();
        foreach (var (component, _, _) in _parts)
            component.Prediction = 0;
    }

    private void AddPart(byte id, byte numbers, JpegTables tables, bool needsDc, bool needsAc)
    {
        var component = Array.Find(_frame.Components, c => c.Id == id);
        if (component is null || _parts.Exists(p => p.Component == component) || (numbers >> 4) > 3 || (numbers & 15) > 3)
            throw new InvalidDataException("a scan header has a component or table that does not exist");
        _parts.Add((component, needsDc ? tables.Dc(numbers >> 4) : null, needsAc ? tables.Ac(numbers & 15) : null));
    }
}
