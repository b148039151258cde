using System.Security.Cryptography;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>ETags of objects that were uploaded in parts: the MD5 of the MD5s of the parts.</summary>
internal static class PartDigests
{
    private const long Mebi = 1 << 20;
    private const int BufferBytes = 1 << 20;

    // What uploading programs take where nobody tells them otherwise.
    private static readonly int[] UsualMebibytes = [5, 6, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024];

    /// <summary>Sizes of parts that would make that many of an object, the likely ones first.</summary>
    public static IEnumerable<long> LikelySizes(long size, int parts) =>
        parts == 1 ? [size] : UsualMebibytes.Select(m => m * Mebi).Where(part => Count(size, part) == parts);

    /// <summary>Parts that an object has.</summary>
    public static long Count(long size, long part) => (size + part - 1) / part;

    /// <summary>MD5 of the MD5s of the parts.</summary>
    /// <param name="file">The whole object.</param>
    /// <param name="sizes">Sizes of the parts; the last ends with the file.</param>
    public static string Compute(Stream file, IEnumerable<long> sizes)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[BufferBytes];
        file.Position = 0;
        foreach (var size in sizes)
        {
            using var part = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            var left = size;
            while (left > 0 && file.Read(buffer, 0, (int)Math.Min(buffer.Length, left)) is > 0 and var read)
            {
                part.AppendData(buffer, 0, read);
                left -= read;
            }

            all.AppendData(part.GetHashAndReset());
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }
}
