using Inference.Domain;

namespace Inference.Adapters.Cli.Input;

/// <summary>Reads files and standard input that arguments name; <c>-</c> is standard input, which can be read once.</summary>
internal sealed class ValueSource(Func<Stream> standardInput)
{
    private const string StandardInput = "-";
    private bool _standardInputRead;

    /// <summary>All bytes of the file.</summary>
    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    public async Task<byte[]> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return file == StandardInput
                ? await ReadStandardInputAsync(cancellation).ConfigureAwait(false)
                : await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"file {ErrorText.Quote(file)} cannot be read: {ErrorText.Bound(e.Message)}");
        }
    }

    private async Task<byte[]> ReadStandardInputAsync(CancellationToken cancellation)
    {
        if (_standardInputRead)
            throw new UsageException("standard input (-) is named twice; it can be read once.");
        _standardInputRead = true;
        await using var stream = standardInput();
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }
}
