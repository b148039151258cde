using Inference.Domain;

namespace Inference.Services.SharedMemory;

/// <summary>Checks what clients say of a region that they register. Pure.</summary>
internal static class RegionNames
{
    private const int Longest = 255;

    /// <summary>Throws where a name cannot be one.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static void Check(string name)
    {
        if (name.Length == 0)
            throw InferenceException.InvalidArgument("the region has no name; give it one, by which requests call it.");
        if (name.Length > Longest || name.Any(char.IsControl))
            throw InferenceException.InvalidArgument($"region name {ErrorText.Quote(name)} has {name.Length} characters; expected at most {Longest}, and no control characters.");
    }

    /// <summary>The size of a region.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static long Size(ulong byteSize) =>
        byteSize == 0 ? throw InferenceException.InvalidArgument("byte_size is 0; expected the bytes of the region.") : Bytes("byte_size", byteSize);

    /// <summary>A number of bytes.</summary>
    /// <exception cref="InferenceException">InvalidArgument for one that no object can have.</exception>
    public static long Bytes(string what, ulong bytes) =>
        bytes <= long.MaxValue ? (long)bytes : throw InferenceException.InvalidArgument($"{what} is {bytes}; expected at most {long.MaxValue}.");
}
