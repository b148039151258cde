using System.Buffers.Binary;

namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>
/// Decodes JPEG files with Huffman coding and 8 bits a sample, sequential and progressive, grey or of three colours. Work
/// and memory are bounded by the image's size, and no unsafe code is used, so a damaged file is an error and nothing worse.
/// </summary>
internal sealed class JpegDecoder
{
    // Real progressive files have about ten; each costs a walk over the whole image however few bytes it has.
    private const int MaxScans = 64;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly Action<int, int> _accept;
    private readonly JpegTables _tables = new();
    private JpegFrame? _frame;
    private int _scans;
    private int? _transform;

    private JpegDecoder(ReadOnlyMemory<byte> file, Action<int, int> accept) => (_file, _accept) = (file, accept);

    /// <summary>First bytes of every JPEG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    /// <summary>The pixels.</summary>
    /// <param name="file">Begins with <see cref="Signature"/>.</param>
    /// <param name="accept">Is shown height and width before anything is decoded, and throws where the image is not wanted.</param>
    /// <exception cref="InvalidDataException">The file is damaged, cut off or of a kind that is not supported.</exception>
    public static DecodedImage Decode(ReadOnlyMemory<byte> file, Action<int, int> accept) => new JpegDecoder(file, accept).Decode();

    private DecodedImage Decode()
    {
        var file = _file.Span;
        var position = 2;
        while (true)
        {
            var marker = NextMarker(file, ref position);
            if (marker == 0xD9)
                break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
                continue;
            var segment = Segment(file, ref position);
            if (marker == 0xDA)
                position = Scan(segment).Read(file, position);
            else
                Read(marker, segment);
        }

        if (_frame is null || _scans == 0)
            throw new InvalidDataException("there are no pixels");
        return JpegPixels.Assemble(_frame, _tables, IsRgb(_frame));
    }

    private void Read(int marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case 0xC0 or 0xC1 or 0xC2:
                ReadFrame(segment, progressive: marker == 0xC2);
                break;
            case 0xC4:
                _tables.ReadHuffman(segment);
                break;
            case 0xDB:
                _tables.ReadQuantization(segment);
                break;
            case 0xDD:
                _tables.ReadRestartInterval(segment);
                break;
            case 0xEE when segment.Length >= 12 && segment.StartsWith("Adobe"u8):
                _transform = segment[11];
                break;
            case >= 0xC3 and <= 0xCF:
                throw new InvalidDataException("lossless, hierarchical and arithmetic coding are not supported");
            default:
                break;
        }
    }

    private void ReadFrame(ReadOnlySpan<byte> segment, bool progressive)
    {
        if (_frame is not null)
            throw new InvalidDataException("there is a second frame");
        var frame = JpegFrame.Read(segment, progressive);
        _accept(frame.Height, frame.Width);
        frame.Allocate();
        _frame = frame;
    }

    private JpegScan Scan(ReadOnlySpan<byte> segment)
    {
        if (_frame is null)
            throw new InvalidDataException("a scan comes before the frame header");
        if (++_scans > MaxScans)
            throw new InvalidDataException($"there are more than {MaxScans} scans");
        return new JpegScan(segment, _frame, _tables);
    }

    private bool IsRgb(JpegFrame frame) =>
        _transform is { } transform ? transform == 0 : frame.Components is [{ Id: 'R' }, { Id: 'G' }, { Id: 'B' }];

    // Bytes before a marker are passed over, as every decoder does.
    private static int NextMarker(ReadOnlySpan<byte> file, ref int position)
    {
        while (position + 1 < file.Length)
        {
            if (file[position++] == 0xFF && file[position] is not (0x00 or 0xFF))
                return file[position++];
        }

        throw new InvalidDataException("the file is cut off");
    }

    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> file, ref int position)
    {
        if (position + 2 > file.Length)
            throw new InvalidDataException("the file is cut off");
        var length = BinaryPrimitives.ReadUInt16BigEndian(file[position..]);
        if (length < 2 || position + length > file.Length)
            throw new InvalidDataException("a segment is cut off");
        var segment = file.Slice(position + 2, length - 2);
        position += length;
        return segment;
    }
}
