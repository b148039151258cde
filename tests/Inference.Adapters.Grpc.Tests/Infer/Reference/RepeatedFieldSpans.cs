using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>Copies whole spans into repeated fields, which otherwise grow element by element.</summary>
internal static class RepeatedFieldSpans
{
    /// <summary>Makes the field hold exactly these values.</summary>
    public static void Assign<T>(this RepeatedField<T> field, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        UnsafeCollectionOperations.SetCount(field, values.Length);
        values.CopyTo(UnsafeCollectionOperations.AsSpan(field));
    }
}
