using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.JsonFormat;

/// <summary>A JSON text, and where in it something stands.</summary>
/// <param name="bytes">The content as UTF-8.</param>
/// <param name="shown">How locations name it.</param>
internal sealed class JsonText(byte[] bytes, string shown)
{
    private int _line = 1;
    private int _lineStart;
    private int _position;

    /// <summary>The place of a byte, which lies behind those that were asked for before.</summary>
    public SourceLocation At(long position)
    {
        for (; _position < position && _position < bytes.Length; _position++)
        {
            if (bytes[_position] == '\n')
                (_line, _lineStart) = (_line + 1, _position + 1);
        }

        return new SourceLocation(shown, _line) { Column = (int)position - _lineStart + 1 };
    }
}
