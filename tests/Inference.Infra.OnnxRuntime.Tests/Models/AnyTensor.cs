using Inference.Domain.Tensors;

namespace Inference.Infra.OnnxRuntime.Tests.Models;

/// <summary>Tensors of any type with any content.</summary>
internal static class AnyTensor
{
    public static Tensor Make(TensorType type, TensorShape shape, Random random)
    {
        if (type == TensorType.Bytes)
            return MakeBytes(shape, random);
        var tensor = Tensor.Allocate(type, shape);
        random.NextBytes(tensor.Mutable<byte>());
        if (type == TensorType.Bool)
        {
            foreach (ref var value in tensor.Mutable<byte>())
                value &= 1;
        }

        return tensor;
    }

    // Any bytes: NULs, text that is no UTF-8, empty elements.
    private static Tensor MakeBytes(TensorShape shape, Random random)
    {
        var builder = new BytesTensorBuilder();
        for (var i = 0; i < shape.ElementCount; i++)
        {
            var element = new byte[random.Next(4) == 0 ? 0 : random.Next(40)];
            random.NextBytes(element);
            if (element.Length > 2)
                (element[0], element[1]) = (0, 0xFF);
            builder.Add(element);
        }

        return builder.Build(shape);
    }
}
