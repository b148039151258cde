using CsCheck;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer;

/// <summary>Random tensors of every datatype, scalars and empty ones among them.</summary>
internal static class TensorGen
{
    public static readonly Gen<long[]> Shape = Gen.Long[0, 4].Array[0, 4];

    public static Gen<Tensor> Of(TensorType type) => Shape.SelectMany(shape => Data(type, TensorShape.Of(shape)).Select(data => Tensor.Wrap("X", type, TensorShape.Of(shape), data)));

    private static Gen<byte[]> Data(TensorType type, TensorShape shape)
    {
        var count = (int)shape.ElementCount;
        return type switch
        {
            TensorType.Bool => Gen.Byte[0, 1].Array[count],
            TensorType.Bytes => Gen.Byte.Array[0, 9].Array[count].Select(elements =>
            {
                var builder = new BytesTensorBuilder();
                foreach (var element in elements)
                    builder.Add(element);
                using var tensor = builder.Build(shape);
                return tensor.Data.ToArray();
            }),
            _ => Gen.Byte.Array[count * type.ElementSize()],
        };
    }
}
