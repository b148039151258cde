namespace Inference.Core.Configuration;

/// <summary>Memory that clients on the same machine share with the server.</summary>
public sealed record SharedMemoryOptions
{
    /// <summary>Clients may register regions; off unless told otherwise, since who may register also says what is mapped here.</summary>
    public bool Enabled { get; init; }

    /// <summary>What names of shared memory objects must begin with; empty for any.</summary>
    public string KeyPrefix { get; init; } = string.Empty;

    /// <summary>Regions that may be registered at once; one more is refused.</summary>
    public int MaxRegions { get; init; } = 256;

    /// <summary>Bytes of all regions that are mapped at once; one that would exceed them is refused.</summary>
    public long MaxBytes { get; init; } = 64L << 30;
}
