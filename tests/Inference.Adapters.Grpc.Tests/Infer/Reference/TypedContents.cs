using System.Numerics;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>A tensor to typed contents. The counterpart of <see cref="TypedInput"/>.</summary>
internal static class TypedContents
{
    /// <summary>The contents, a copy; the tensor's datatype must have a field (see <see cref="ContentsFields.Of"/>).</summary>
    public static InferTensorContents Encode(Tensor tensor)
    {
        var contents = new InferTensorContents();
        switch (tensor.Type)
        {
            case TensorType.Bool:
                Copy(tensor, contents.BoolContents);
                break;
            case TensorType.Int8:
                Widen<sbyte, int>(tensor, contents.IntContents);
                break;
            case TensorType.Int16:
                Widen<short, int>(tensor, contents.IntContents);
                break;
            case TensorType.Int32:
                Copy(tensor, contents.IntContents);
                break;
            case TensorType.Int64:
                Copy(tensor, contents.Int64Contents);
                break;
            case TensorType.UInt8:
                Widen<byte, uint>(tensor, contents.UintContents);
                break;
            case TensorType.UInt16:
                Widen<ushort, uint>(tensor, contents.UintContents);
                break;
            case TensorType.UInt32:
                Copy(tensor, contents.UintContents);
                break;
            case TensorType.UInt64:
                Copy(tensor, contents.Uint64Contents);
                break;
            case TensorType.Float32:
                Copy(tensor, contents.Fp32Contents);
                break;
            case TensorType.Float64:
                Copy(tensor, contents.Fp64Contents);
                break;
            case TensorType.Bytes:
                CopyBytes(tensor, contents.BytesContents);
                break;
            default:
                throw new ArgumentException($"{tensor.Type.ProtocolName()} has no typed contents.", nameof(tensor));
        }

        return contents;
    }

    private static void Copy<T>(Tensor from, RepeatedField<T> to)
        where T : unmanaged => to.Assign(from.AsSpan<T>());

    private static void Widen<TNarrow, TWide>(Tensor from, RepeatedField<TWide> to)
        where TNarrow : unmanaged, IBinaryInteger<TNarrow>
        where TWide : unmanaged, IBinaryInteger<TWide>
    {
        var source = from.AsSpan<TNarrow>();
        UnsafeCollectionOperations.SetCount(to, source.Length);
        var target = UnsafeCollectionOperations.AsSpan(to);
        for (var i = 0; i < source.Length; i++)
            target[i] = TWide.CreateTruncating(source[i]);
    }

    private static void CopyBytes(Tensor from, RepeatedField<ByteString> to)
    {
        to.Capacity = checked((int)from.Shape.ElementCount);
        foreach (var element in from.BytesElements())
            to.Add(ByteString.CopyFrom(element));
    }
}
