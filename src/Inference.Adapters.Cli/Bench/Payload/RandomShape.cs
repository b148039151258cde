using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Bench.Payload;

/// <summary>Finds the shape of an input that is made up: as the model says, with its open axes filled by what was asked for.</summary>
/// <param name="shapes">Whole shapes by the name of their input.</param>
/// <param name="batch">Size of an open first axis where no shape is given.</param>
internal sealed class RandomShape(IReadOnlyDictionary<string, long[]> shapes, long batch)
{
    /// <summary>The shape.</summary>
    /// <exception cref="UsageException">An axis has no size, or the shape that was given does not fit the model.</exception>
    public TensorShape Of(TensorSpec input)
    {
        if (shapes.TryGetValue(input.Name, out var given))
        {
            var shape = TensorShape.Create(given, input.Name);
            return input.Accepts(shape)
                ? shape
                : throw new UsageException($"--shape {input.Name}:{string.Join(',', given)} does not fit input {ErrorText.Quote(input.Name)} {input.Describe()} of the model (-1 is any size).");
        }

        long[] filled = [.. input.Dimensions];
        if (input.HasVariableFirstAxis)
            filled[0] = batch;
        var open = Array.IndexOf(filled, TensorSpec.Any);
        return open < 0
            ? TensorShape.Create(filled, input.Name)
            : throw new UsageException($"input {ErrorText.Quote(input.Name)} is {input.Describe()}: the size of axis {open} is open; say it with --shape {input.Name}:{string.Join(',', filled.Select(d => d == TensorSpec.Any ? 16 : d))}, or give the data with --input or --request.");
    }

    /// <summary>Refuses shapes and ranges for inputs that the model has not.</summary>
    public static void RefuseUnknown(string option, IEnumerable<string> names, IReadOnlyList<TensorSpec> inputs)
    {
        foreach (var name in names.Where(n => inputs.All(i => i.Name != n)))
            throw new UsageException($"{option} names input {ErrorText.Quote(name)}, which the model has not; its inputs are {ErrorText.List(inputs.Select(i => i.Name))}.{NearestName.Hint(name, inputs.Select(i => i.Name))}");
    }
}
