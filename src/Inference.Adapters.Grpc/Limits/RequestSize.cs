using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Limits;

/// <summary>What a parsed request holds in memory; more than its message where that was compressed or has typed contents.</summary>
internal static class RequestSize
{
    // An object, its array's header and its place in the list.
    private const int BytesOfElement = 80;

    // Typed contents are copied into tensors, and the message lives as long as they do.
    private const int Copies = 2;

    /// <summary>Bytes of the tensors' data, about. Walks inputs, and the elements of BYTES tensors, not numbers.</summary>
    public static long Of(ModelInferRequest request)
    {
        long size = 0;
        foreach (var raw in request.RawInputContents)
            size += raw.Length;
        foreach (var input in request.Inputs)
        {
            if (input.Contents is { } contents)
                size += Of(contents);
        }

        return size;
    }

    private static long Of(InferTensorContents contents)
    {
        long size = contents.BoolContents.Count;
        size += sizeof(int) * ((long)contents.IntContents.Count + contents.UintContents.Count + contents.Fp32Contents.Count);
        size += sizeof(long) * ((long)contents.Int64Contents.Count + contents.Uint64Contents.Count + contents.Fp64Contents.Count);
        size *= Copies;
        foreach (var element in contents.BytesContents)
            size += BytesOfElement + (Copies * (long)element.Length);
        return size;
    }
}
