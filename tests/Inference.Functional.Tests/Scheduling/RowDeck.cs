using System.Runtime.InteropServices;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>One tensor of one row.</summary>
/// <param name="Name">Of the input or output.</param>
/// <param name="Datatype">On the wire.</param>
/// <param name="Shape">Without the first axis, which has one element.</param>
/// <param name="Data">Raw.</param>
internal sealed record RowTensor(string Name, string Datatype, long[] Shape, byte[] Data);

/// <summary>
/// Rows of one model with the answers that each of them gets alone. Requests are put together from any of them, and have the
/// answers of their rows.
/// </summary>
internal sealed class RowDeck
{
    private const double Tolerance = 1e-5;
    private readonly List<RowTensor[]> _inputs;
    private readonly List<RowTensor[]> _outputs = [];
    private readonly RowTensor? _whole;

    /// <summary>Creates a deck without answers.</summary>
    /// <param name="model">Whose rows they are.</param>
    /// <param name="inputs">Of each row.</param>
    /// <param name="whole">An input that a request has once, whatever its rows; its shape is whole.</param>
    public RowDeck(string model, IEnumerable<RowTensor[]> inputs, RowTensor? whole = null)
    {
        Model = model;
        _inputs = [.. inputs];
        _whole = whole;
    }

    public string Model { get; }

    public int Count => _inputs.Count;

    /// <summary>Asks for the answers, one row at a time, one after the other.</summary>
    public async Task AnswerAsync(RunningServer server)
    {
        for (var row = 0; row < Count; row++)
        {
            var answer = await server.Client.ModelInferAsync(Request([row]));
            _outputs.Add([.. answer.Outputs.Select(o => new RowTensor(o.Name, o.Datatype, [.. o.Shape.Skip(1)], answer.Bytes(o.Name).ToArray()))]);
        }
    }

    /// <summary>A request of these rows.</summary>
    public ModelInferRequest Request(int[] rows)
    {
        var request = Requests.For(Model, "1");
        for (var i = 0; i < _inputs[0].Length; i++)
        {
            var first = _inputs[0][i];
            request.Raw(first.Name, first.Datatype, [rows.Length, .. first.Shape], Joined(rows, row => _inputs[row][i]));
        }

        return _whole is null ? request : request.Raw(_whole.Name, _whole.Datatype, _whole.Shape, _whole.Data);
    }

    /// <summary>What is wrong with the answer to a request of these rows; null where nothing is.</summary>
    public string? Fault(int[] rows, ModelInferResponse answer)
    {
        if (answer.Outputs.Count != _outputs[0].Length)
            return $"{answer.Outputs.Count} outputs";
        for (var i = 0; i < answer.Outputs.Count; i++)
        {
            var (got, first) = (answer.Outputs[i], _outputs[0][i]);
            if (got.Name != first.Name || got.Datatype != first.Datatype || !got.Shape.SequenceEqual([rows.Length, .. first.Shape]))
                return $"output {got.Name} {got.Datatype} [{string.Join(',', got.Shape)}] for {rows.Length} rows";
            var expected = Joined(rows, row => _outputs[row][i]);
            if (Difference(first.Datatype, expected, answer.RawOutputContents[i].Span) is { } difference)
                return $"output {got.Name} of {rows.Length} rows: {difference}";
        }

        return null;
    }

    private static byte[] Joined(int[] rows, Func<int, RowTensor> part) => [.. rows.SelectMany(row => part(row).Data)];

    private static string? Difference(string datatype, byte[] expected, ReadOnlySpan<byte> got)
    {
        if (datatype != "FP32")
            return got.SequenceEqual(expected) ? null : "other bytes";
        var wanted = MemoryMarshal.Cast<byte, float>(expected);
        var values = MemoryMarshal.Cast<byte, float>(got);
        if (wanted.Length != values.Length)
            return $"{values.Length} elements";
        for (var i = 0; i < values.Length; i++)
        {
            if (!(Math.Abs(values[i] - wanted[i]) <= Tolerance * Math.Max(1, Math.Abs(wanted[i]))))
                return $"element {i} is {values[i]:R}, alone it is {wanted[i]:R}";
        }

        return null;
    }
}
