namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>One colour component of a frame with its coefficients, which scans fill in.</summary>
internal sealed class JpegComponent(int id, int horizontal, int vertical, int quantization)
{
    /// <summary>Coefficients of a block.</summary>
    public const int BlockSize = 64;

    /// <summary>The name by which scans call it.</summary>
    public int Id { get; } = id;

    /// <summary>Blocks side by side in each unit of an interleaved scan, 1 to 4.</summary>
    public int Horizontal { get; } = horizontal;

    /// <summary>Blocks one above the other in each unit, 1 to 4.</summary>
    public int Vertical { get; } = vertical;

    /// <summary>Number of its quantization table.</summary>
    public int Quantization { get; } = quantization;

    /// <summary>Blocks of a row that hold pixels.</summary>
    public int Columns { get; private set; }

    /// <summary>Rows of blocks that hold pixels.</summary>
    public int Rows { get; private set; }

    /// <summary>Blocks of a row, those that only fill up a unit included.</summary>
    public int Stride { get; private set; }

    /// <summary>Coefficients, block after block, each in natural order.</summary>
    public short[] Coefficients { get; private set; } = [];

    /// <summary>The last DC value of the scan under way.</summary>
    public int Prediction { get; set; }

    /// <summary>Makes room for an image.</summary>
    public void Allocate(int height, int width, int maxVertical, int maxHorizontal)
    {
        Columns = Blocks(width * Horizontal, maxHorizontal);
        Rows = Blocks(height * Vertical, maxVertical);
        Stride = Blocks(width, maxHorizontal) * Horizontal;
        Coefficients = new short[Stride * Blocks(height, maxVertical) * Vertical * BlockSize];
    }

    /// <summary>The coefficients of one block.</summary>
    public Span<short> Block(int row, int column) => Coefficients.AsSpan(((row * Stride) + column) * BlockSize, BlockSize);

    private static int Blocks(int samples, int per) => (samples + (8 * per) - 1) / (8 * per);
}
