using System.Security.Cryptography;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>MD5 and SHA-256 of what arrives, computed while it does. Not thread-safe.</summary>
internal sealed class ContentDigest : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes that were taken in.</summary>
    public long Length { get; private set; }

    public string Md5 => Convert.ToHexStringLower(_md5.GetCurrentHash());

    public string Sha256 => Convert.ToHexStringLower(_sha256.GetCurrentHash());

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _md5.AppendData(bytes);
        _sha256.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Takes in what a file has, from the beginning.</summary>
    public void Restart(Stream file)
    {
        Clear();
        var buffer = new byte[BufferBytes];
        file.Position = 0;
        while (file.Read(buffer) is > 0 and var read)
            Append(buffer.AsSpan(0, read));
    }

    public void Clear()
    {
        _md5.GetHashAndReset();
        _sha256.GetHashAndReset();
        Length = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _md5.Dispose();
        _sha256.Dispose();
    }
}
