using System.Globalization;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>A request that went through the proxy.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Headers">By lower-case name.</param>
internal sealed record StoreRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>It asks for the content of an object whose key ends so.</summary>
    public bool Gets(string end) => Method == "GET" && Target.Split('?')[0].EndsWith(end, StringComparison.Ordinal);

    public bool IsListing => Target.Contains("list-type=2", StringComparison.Ordinal);

    /// <summary>Position from which it asks for content.</summary>
    public long From => Headers.TryGetValue("range", out var range) ? long.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)], CultureInfo.InvariantCulture) : 0;

    public bool IsConditional => Headers.ContainsKey("if-match");
}

/// <summary>What the proxy does to an answer.</summary>
internal sealed record StoreFault
{
    /// <summary>Answers so instead of asking the store.</summary>
    public (int Status, string Code)? Answer { get; init; }

    /// <summary>Breaks off after so many bytes of content.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Changes a bit of that byte of content.</summary>
    public long? FlipAt { get; init; }

    /// <summary>Sends so many bytes of content, then nothing until it is done; breaks off then.</summary>
    public (long After, Task Until)? Stall { get; init; }
}
