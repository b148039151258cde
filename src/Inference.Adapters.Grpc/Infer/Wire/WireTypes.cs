namespace Inference.Adapters.Grpc.Infer.Wire;

/// <summary>The last three bits of a tag: how long its value is.</summary>
internal static class WireTypes
{
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint Length = 2;
    public const uint StartGroup = 3;
    public const uint EndGroup = 4;
    public const uint Fixed32 = 5;
}
