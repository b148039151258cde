using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue.Tensors;

/// <summary>
/// Which axes of a model's inputs are filled up to the longest of a batch, and which axes of its outputs are cut back by
/// them. Immutable.
/// </summary>
internal sealed class PaddingPlan
{
    private readonly Dictionary<string, double> _values;
    private readonly List<VariableAxis> _padded;
    private readonly List<string> _paddedSymbols;
    private readonly IReadOnlyList<TensorSpec> _inputs;

    private PaddingPlan(ModelSpec spec, Dictionary<string, double> values, List<VariableAxis> padded)
    {
        _values = values;
        _padded = padded;
        _inputs = spec.Inputs;
        _paddedSymbols = [.. padded.Select(a => Symbol(spec.Inputs.First(i => i.Name == a.Input), a.Axis))];
        Shared = [.. spec.Inputs.SelectMany(i => VariableAxes(i)).Except(padded)];
    }

    /// <summary>Axes whose sizes must be equal for requests to share a run.</summary>
    public IReadOnlyList<VariableAxis> Shared { get; }

    /// <summary>There is something to fill up.</summary>
    public bool IsNeeded => _padded.Count > 0;

    /// <summary>The plan for a model.</summary>
    /// <param name="spec">Its inputs and outputs.</param>
    /// <param name="padding">What the manifest asks for.</param>
    /// <param name="label">How errors name the model.</param>
    /// <exception cref="InferenceException">LoadFailed where the manifest asks for what the model has not.</exception>
    public static PaddingPlan Create(ModelSpec spec, IReadOnlyList<PaddedInput> padding, string label)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        var padded = new List<VariableAxis>();
        foreach (var (name, value) in padding)
        {
            var input = spec.Inputs.FirstOrDefault(i => i.Name == name)
                ?? throw Misfit(label, name, $"the model has no such input, but {ErrorText.List(spec.Inputs.Select(i => i.Name))}.{NearestName.Hint(name, spec.Inputs.Select(i => i.Name))}");
            if (input.Type == TensorType.Bytes)
                throw Misfit(label, name, "it has datatype BYTES, which cannot be filled up.");
            var axes = VariableAxes(input).ToList();
            if (axes.Count == 0)
                throw Misfit(label, name, $"it is {input.Describe()}, which has no symbolic axis besides the first.");
            values[name] = value;
            padded.AddRange(axes);
        }

        var plan = new PaddingPlan(spec, values, padded);
        foreach (var axis in plan.Shared)
        {
            var symbol = Symbol(spec.Inputs.First(i => i.Name == axis.Input), axis.Axis);
            if (symbol.Length > 0 && plan._paddedSymbols.Contains(symbol))
                throw Misfit(label, axis.Input, $"its axis {ErrorText.Quote(symbol)} is filled up in another input, so that it must be filled up here, too.");
        }

        foreach (var output in spec.Outputs)
        {
            if (output.Type == TensorType.Bytes && Enumerable.Range(1, Math.Max(0, output.Dimensions.Length - 1)).Any(axis => plan.SourceOf(output, axis) >= 0))
                throw Misfit(label, padded[0].Input, $"output {ErrorText.Quote(output.Name)} would have to be cut back, which cannot be done with datatype BYTES.");
        }

        return plan;
    }

    /// <summary>The sizes of the padded axes of a request, in the plan's order.</summary>
    public long[] SizesOf(TensorSet inputs)
    {
        var sizes = new long[_padded.Count];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = inputs.Get(_padded[i].Input).Shape[_padded[i].Axis];
        return sizes;
    }

    /// <summary>Bytes that one row takes where the padded axes have these sizes; as a number that cannot overflow.</summary>
    public double BytesOfRow(TensorSet inputs, ReadOnlySpan<long> sizes)
    {
        double bytes = 0;
        foreach (var input in _inputs)
        {
            var tensor = inputs.Get(input.Name);
            bytes += input.Type == TensorType.Bytes
                ? tensor.Data.Length / (double)Math.Max(1, tensor.Shape[0])
                : input.Type.ElementSize() * ElementsOfRow(input.Name, tensor.Shape, sizes);
        }

        return bytes;
    }

    /// <summary>What an input is filled with.</summary>
    public double ValueOf(string input) => _values.GetValueOrDefault(input);

    /// <summary>The shape of a batch's input.</summary>
    /// <param name="input">Name of the input.</param>
    /// <param name="shape">Shape in one of the requests.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="sizes">Sizes of the padded axes in the batch.</param>
    public TensorShape PaddedShape(string input, TensorShape shape, long rows, ReadOnlySpan<long> sizes)
    {
        long[] dimensions = [.. shape.Dimensions];
        dimensions[0] = rows;
        for (var i = 0; i < _padded.Count; i++)
        {
            if (_padded[i].Input == input)
                dimensions[_padded[i].Axis] = sizes[i];
        }

        return TensorShape.Create(dimensions, input);
    }

    /// <summary>The shape to which a request's part of an output is cut back.</summary>
    /// <param name="output">The output.</param>
    /// <param name="shape">Its shape in the batch.</param>
    /// <param name="rows">Rows of the request.</param>
    /// <param name="longest">Sizes of the padded axes in the batch.</param>
    /// <param name="own">Sizes of the padded axes in the request.</param>
    public TensorShape CutShape(TensorSpec output, TensorShape shape, long rows, ReadOnlySpan<long> longest, ReadOnlySpan<long> own)
    {
        long[] dimensions = [.. shape.Dimensions];
        dimensions[0] = rows;
        for (var axis = 1; axis < dimensions.Length; axis++)
        {
            // An axis that came out of another size was not made by the padding.
            if (SourceOf(output, axis) is var source and >= 0 && dimensions[axis] == longest[source])
                dimensions[axis] = own[source];
        }

        return TensorShape.Create(dimensions, output.Name);
    }

    private double ElementsOfRow(string input, TensorShape shape, ReadOnlySpan<long> sizes)
    {
        double elements = 1;
        for (var axis = 1; axis < shape.Rank; axis++)
        {
            var index = _padded.IndexOf(new VariableAxis(input, axis));
            elements *= index < 0 ? shape[axis] : sizes[index];
        }

        return elements;
    }

    // The padded axis by which an output's axis gets its size: that of the same symbol; where the exporter has renamed it
    // and there is but one symbol that is padded, that one.
    private int SourceOf(TensorSpec output, int axis)
    {
        if (output.Dimensions[axis] != TensorSpec.Any)
            return -1;
        var symbol = Symbol(output, axis);
        var same = symbol.Length == 0 ? -1 : _paddedSymbols.IndexOf(symbol);
        if (same >= 0)
            return same;
        var isUnknown = symbol.Length == 0 || _inputs.All(i => !i.Symbols.Contains(symbol));
        return isUnknown && _paddedSymbols.Distinct(StringComparer.Ordinal).Count() == 1 ? 0 : -1;
    }

    private static IEnumerable<VariableAxis> VariableAxes(TensorSpec input) =>
        Enumerable.Range(0, input.Dimensions.Length).Skip(1).Where(a => input.Dimensions[a] == TensorSpec.Any).Select(a => new VariableAxis(input.Name, a));

    private static string Symbol(TensorSpec spec, int axis) => axis < spec.Symbols.Length ? spec.Symbols[axis] ?? string.Empty : string.Empty;

    private static InferenceException Misfit(string label, string input, string why) =>
        new(ErrorCode.LoadFailed, $"{label}: batching.inputs asks to fill up {ErrorText.Quote(input)}: {why}");
}
