using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>Elements in the fields of typed contents.</summary>
internal static class ContentsCounts
{
    /// <summary>Elements in one field.</summary>
    public static int Count(this InferTensorContents contents, ContentsField field) => field switch
    {
        ContentsField.Bool => contents.BoolContents.Count,
        ContentsField.Int => contents.IntContents.Count,
        ContentsField.Int64 => contents.Int64Contents.Count,
        ContentsField.UInt => contents.UintContents.Count,
        ContentsField.UInt64 => contents.Uint64Contents.Count,
        ContentsField.Fp32 => contents.Fp32Contents.Count,
        ContentsField.Fp64 => contents.Fp64Contents.Count,
        ContentsField.Bytes => contents.BytesContents.Count,
        _ => 0,
    };

    /// <summary>The first field that holds elements though it is not <paramref name="expected"/>; None where all is well.</summary>
    public static ContentsField Stray(this InferTensorContents contents, ContentsField expected)
    {
        for (var field = ContentsField.Bool; field <= ContentsField.Bytes; field++)
        {
            if (field != expected && contents.Count(field) > 0)
                return field;
        }

        return ContentsField.None;
    }
}
