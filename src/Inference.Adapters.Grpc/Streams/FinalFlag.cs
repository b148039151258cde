using System.Collections.Frozen;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>The parameter by which a response says whether it is the last one to its request.</summary>
internal static class FinalFlag
{
    /// <summary>Its name.</summary>
    public const string Name = "triton_final_response";

    /// <summary>Nothing but the flag, set: an empty last response.</summary>
    public static FrozenDictionary<string, object> Last { get; } = Of(true);

    private static FrozenDictionary<string, object> NotLast { get; } = Of(false);

    /// <summary>A response's own parameters and the flag.</summary>
    public static IReadOnlyDictionary<string, object> With(IReadOnlyDictionary<string, object> parameters, bool isLast)
    {
        if (parameters.Count == 0)
            return isLast ? Last : NotLast;
        return new Dictionary<string, object>(parameters, StringComparer.Ordinal) { [Name] = isLast };
    }

    private static FrozenDictionary<string, object> Of(bool isLast) =>
        new Dictionary<string, object> { [Name] = isLast }.ToFrozenDictionary(StringComparer.Ordinal);
}
