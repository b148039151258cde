using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Inference.Infra.Storage.S3;

/// <summary>Computes what stores give as checksums of whole objects.</summary>
internal static class ObjectChecksums
{
    public const string Sha256 = "sha256";
    public const string Crc32 = "crc32";
    public const string Crc32C = "crc32c";
    public const string Crc64Nvme = "crc64nvme";
    private const int BufferBytes = 1 << 20;
    private const ulong Crc32Polynomial = 0xEDB88320;
    private const ulong Crc64NvmePolynomial = 0x9A6C9329AC4BC9B5;

    /// <summary>The checksum of all that a stream has, in Base64 as stores write it.</summary>
    public static string Compute(string algorithm, Stream content) => Convert.ToBase64String(algorithm switch
    {
        Sha256 => SHA256.HashData(content),
        Crc32 => Big(4, Table(content, Crc32Polynomial, uint.MaxValue)),
        Crc32C => Big(4, Castagnoli(content)),
        Crc64Nvme => Big(8, Table(content, Crc64NvmePolynomial, ulong.MaxValue)),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "not a known checksum"),
    });

    private static byte[] Big(int bytes, ulong value)
    {
        var all = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(all, value);
        return all[^bytes..];
    }

    private static ulong Table(Stream content, ulong polynomial, ulong all)
    {
        var table = new ulong[256];
        for (uint i = 0; i < table.Length; i++)
        {
            ulong value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ polynomial;
            table[i] = value;
        }

        var crc = all;
        var buffer = new byte[BufferBytes];
        while (content.Read(buffer) is > 0 and var read)
        {
            foreach (var next in buffer.AsSpan(0, read))
                crc = (crc >> 8) ^ table[(byte)(crc ^ next)];
        }

        return crc ^ all;
    }

    private static ulong Castagnoli(Stream content)
    {
        var crc = uint.MaxValue;
        var buffer = new byte[BufferBytes];
        while (content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) is > 0 and var read)
        {
            var rest = buffer.AsSpan(0, read);
            for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            foreach (var next in rest)
                crc = BitOperations.Crc32C(crc, next);
        }

        return crc ^ uint.MaxValue;
    }
}
