using CsCheck;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Tensors;

/// <summary>Models and requests of random shapes and datatypes.</summary>
internal static class TensorGen
{
    public static Gen<TensorType> Type { get; } = Gen.Enum<TensorType>();

    /// <summary>Inputs <c>t0</c>, <c>t1</c> with a batch axis and up to three other axes.</summary>
    public static Gen<ModelSpec> Spec { get; } = Gen.Select(Type, Gen.Long[0, 3].Array[0, 3]).Array[1, 3].Select(tensors =>
    {
        var specs = tensors.Select((t, i) => new TensorSpec($"t{i}", t.Item1, [TensorSpec.Any, .. t.Item2])).ToList();
        return new ModelSpec([.. specs], [.. specs], HasBatchAxis: true);
    });

    /// <summary>A tensor of random elements; BYTES of up to 5 bytes each.</summary>
    public static Tensor Random(TensorType type, TensorShape shape, Random random)
    {
        if (type == TensorType.Bytes)
        {
            var builder = new BytesTensorBuilder();
            for (long i = 0; i < shape.ElementCount; i++)
            {
                var element = new byte[random.Next(6)];
                random.NextBytes(element);
                builder.Add(element);
            }

            return builder.Build(shape);
        }

        var tensor = Tensor.Allocate(type, shape);
        random.NextBytes(tensor.Mutable<byte>());
        if (type == TensorType.Bool)
        {
            foreach (ref var value in tensor.Mutable<byte>())
                value &= 1;
        }

        return tensor;
    }

    public static TensorSet Request(ModelSpec spec, long rows, Random random)
    {
        var request = new TensorSet();
        foreach (var input in spec.Inputs)
            request.Add(input.Name, Random(input.Type, TensorShape.Of([rows, .. input.Dimensions.Skip(1)]), random));
        return request;
    }

    public static bool Same(TensorSet one, TensorSet other) =>
        one.Count == other.Count
        && one.All(t => other.Get(t.Name) is var tensor && tensor.Type == t.Tensor.Type && tensor.Shape == t.Tensor.Shape && tensor.Data.Span.SequenceEqual(t.Tensor.Data.Span));
}
