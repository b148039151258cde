using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Inference.Adapters.Grpc.Infer.Wire;

/// <summary>
/// The last names that were read, so that a name which comes with every request is not made anew each time. Each has one place,
/// where the next of the same hash takes its turn: names made up to collide cost a string each, as without a cache, and the
/// memory is bounded. Thread-safe, no lock.
/// </summary>
internal sealed class NameCache
{
    /// <summary>Longest name that is kept, in bytes.</summary>
    public const int Longest = 64;

    private const int Places = 1024;
    private readonly string?[] _names = new string?[Places];

    /// <summary>The cache of the process.</summary>
    public static NameCache Shared { get; } = new();

    /// <summary>The string of these bytes, where it is kept.</summary>
    public bool TryGet(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (bytes.Length > Longest)
            return false;
        name = Volatile.Read(ref _names[Place(bytes)]);

        // Only names in ASCII are kept, where bytes and characters are the same numbers.
        return name is not null && Ascii.Equals(bytes, name);
    }

    /// <summary>Keeps a string that was made of these bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length <= Longest && Ascii.IsValid(bytes))
            Volatile.Write(ref _names[Place(bytes)], name);
    }

    private static int Place(ReadOnlySpan<byte> bytes)
    {
        // The first and the last bytes tell most names apart; those that they do not share a place.
        ulong hash = (ulong)bytes.Length;
        if (bytes.Length >= sizeof(ulong))
        {
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            hash ^= ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]), 29);
        }
        else
        {
            foreach (var value in bytes)
                hash = (hash << 8) | value;
        }

        return (int)((hash * 0x9E3779B97F4A7C15) >> 54);
    }
}
