using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.SharedMemory;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>The parameters by which a tensor says where in shared memory its data is, or is wanted.</summary>
internal static class SharedParameters
{
    /// <summary>What their names begin with.</summary>
    public const string Prefix = "shared_memory_";

    private const string Region = Prefix + "region";
    private const string ByteSize = Prefix + "byte_size";
    private const string Offset = Prefix + "offset";

    /// <summary>Where the tensor's data is; null where it is in the message.</summary>
    /// <param name="owner">Whose parameters they are, for errors: <c>input 'x'</c>.</param>
    /// <param name="parameters">Checked otherwise: each has a value.</param>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static SharedLocation? Read(string owner, Dictionary<string, object?> parameters)
    {
        object? region = null, size = null;
        long? offset = null;
        var any = false;
        foreach (var (name, value) in parameters)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            any = true;
            switch (name)
            {
                case Region:
                    region = value;
                    break;
                case ByteSize:
                    size = value;
                    break;
                case Offset:
                    offset = Bytes(owner, Offset, value);
                    break;
                default:
                    throw InferenceException.InvalidArgument($"{owner} has parameter {ErrorText.Quote(name)}, which is not known; of shared memory there are '{Region}', '{ByteSize}' and '{Offset}'.");
            }
        }

        if (!any)
            return null;
        if (region is not string { Length: > 0 } text)
            throw InferenceException.InvalidArgument($"{owner} has parameters of shared memory, but '{Region}' does not name a region; give it as string_param.");
        if (size is null)
            throw InferenceException.InvalidArgument($"{owner} has parameter '{Region}' without '{ByteSize}'; give its bytes as int64_param.");
        return new SharedLocation(text, Bytes(owner, ByteSize, size), offset);
    }

    /// <summary>The parameters that say where an output was written: those that the request had.</summary>
    public static FrozenDictionary<string, object> Of(SharedLocation location)
    {
        var parameters = new Dictionary<string, object> { [Region] = location.Region, [ByteSize] = location.ByteSize };
        if (location.Offset is { } offset)
            parameters.Add(Offset, offset);
        return parameters.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static long Bytes(string owner, string name, object? value) => value switch
    {
        long number and >= 0 => number,
        ulong number and <= long.MaxValue => (long)number,
        long or ulong => throw InferenceException.InvalidArgument($"parameter '{name}' of {owner} is {value}; expected a number of bytes from 0 to {long.MaxValue}."),
        _ => throw InferenceException.InvalidArgument($"parameter '{name}' of {owner} is no whole number; give a number of bytes as int64_param."),
    };
}
