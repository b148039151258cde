using System.Buffers.Binary;

namespace Inference.Infra.Components.Image.Png;

/// <summary>The chunks of a PNG file that decoding needs, each checked against its checksum.</summary>
internal sealed class PngChunks
{
    private const int Overhead = 12;
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n => Entry((uint)n))];

    private PngChunks(PngHeader header) => Header = header;

    /// <summary>The header.</summary>
    public PngHeader Header { get; }

    /// <summary>Red, green and blue of each index; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Palette { get; private set; }

    /// <summary>The compressed pixels, in pieces.</summary>
    public List<ReadOnlyMemory<byte>> Data { get; } = [];

    /// <summary>Walks the file up to its end chunk.</summary>
    /// <param name="file">The file.</param>
    /// <param name="accept">Is shown the header before anything else is read, and throws where the image is not wanted.</param>
    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public static PngChunks Read(ReadOnlyMemory<byte> file, Action<PngHeader> accept)
    {
        var rest = file[8..];
        var (type, content) = Next(ref rest);
        if (!type.SequenceEqual("IHDR"u8))
            throw new InvalidDataException("the header is missing");
        var chunks = new PngChunks(PngHeader.Read(content.Span));
        accept(chunks.Header);
        while (true)
        {
            (type, content) = Next(ref rest);
            if (type.SequenceEqual("IEND"u8))
                return chunks.Data.Count > 0 ? chunks : throw new InvalidDataException("there are no pixels");
            if (type.SequenceEqual("IDAT"u8))
                chunks.Data.Add(content);
            else if (type.SequenceEqual("PLTE"u8))
                chunks.Palette = content;
            else if (char.IsAsciiLetterUpper((char)type[0]))
                throw new InvalidDataException("a chunk that must be understood is not known");
        }
    }

    private static ChunkSpan Next(ref ReadOnlyMemory<byte> rest)
    {
        var span = rest.Span;
        if (span.Length < Overhead)
            throw new InvalidDataException("the file is cut off");
        var length = BinaryPrimitives.ReadUInt32BigEndian(span);
        if (length > span.Length - Overhead)
            throw new InvalidDataException("the file is cut off");
        var end = 8 + (int)length;
        if (Checksum(span[4..end]) != BinaryPrimitives.ReadUInt32BigEndian(span[end..]))
            throw new InvalidDataException("a checksum is wrong");
        var chunk = new ChunkSpan(span[4..8], rest[8..end]);
        rest = rest[(end + 4)..];
        return chunk;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint Entry(uint n)
    {
        for (var bit = 0; bit < 8; bit++)
            n = (n & 1) == 0 ? n >> 1 : (n >> 1) ^ 0xEDB88320;
        return n;
    }

    private readonly ref struct ChunkSpan(ReadOnlySpan<byte> type, ReadOnlyMemory<byte> content)
    {
        private readonly ReadOnlySpan<byte> _type = type;

        public void Deconstruct(out ReadOnlySpan<byte> chunkType, out ReadOnlyMemory<byte> chunkContent)
        {
            chunkType = _type;
            chunkContent = content;
        }
    }
}
