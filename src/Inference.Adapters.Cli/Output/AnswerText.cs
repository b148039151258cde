using System.Text;
using Inference.Adapters.Cli.Engines;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Output;

/// <summary>An answer for a person: each output under its name, one line for each innermost row.</summary>
internal static class AnswerText
{
    private const int MaxRows = 20;
    private const int MaxColumns = 20;

    public static string Write(Answer answer)
    {
        var text = new StringBuilder();
        var id = answer.Id.Length > 0 ? $", request {ErrorText.Quote(answer.Id)}" : string.Empty;
        text.AppendLine($"model {ErrorText.Quote(answer.ModelName)} version {ErrorText.Bound(answer.Version)}{id}");
        var cut = false;
        foreach (var (name, tensor) in answer.Outputs)
            cut |= Append(text, name, tensor);
        if (cut)
            text.AppendLine("(… stands for elements left out here; --json prints all.)");
        return text.ToString();
    }

    private static bool Append(StringBuilder text, string name, Tensor tensor)
    {
        text.AppendLine($"{ErrorText.Bound(name)} {tensor}");
        var shape = tensor.Shape;
        var columns = shape.Rank == 0 ? 1 : shape[shape.Rank - 1];
        var rows = columns == 0 ? 0 : shape.ElementCount / columns;
        var shown = (int)Math.Min(rows, MaxRows);
        var elements = Shown(tensor, shown, columns);
        for (var row = 0; row < shown; row++)
        {
            text.Append("  ");
            if (shape.Rank > 1)
                text.Append('[').Append(Index(shape, row)).Append("] ");
            text.AppendJoin(", ", elements[row]).AppendLine(columns > MaxColumns ? ", …" : string.Empty);
        }

        if (rows > shown)
            text.AppendLine($"  … {rows - shown} more rows");
        return rows > shown || columns > MaxColumns;
    }

    private static List<List<string>> Shown(Tensor tensor, int rows, long columns)
    {
        var all = Enumerable.Range(0, rows).Select(_ => new List<string>()).ToList();
        if (tensor.Type != TensorType.Bytes)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < Math.Min(columns, MaxColumns); column++)
                    all[row].Add(Elements.Scalar(tensor, (int)((row * columns) + column)));
            }

            return all;
        }

        long i = 0;
        foreach (var element in tensor.BytesElements())
        {
            if (i / Math.Max(columns, 1) >= rows)
                break;
            if (i % columns < MaxColumns)
                all[(int)(i / columns)].Add(Elements.Quoted(element));
            i++;
        }

        return all;
    }

    // Where the row lies: its place on every axis but the last.
    private static string Index(TensorShape shape, long row)
    {
        var index = new long[shape.Rank - 1];
        for (var axis = index.Length - 1; axis >= 0; axis--)
            (row, index[axis]) = Math.DivRem(row, shape[axis]);
        return string.Join(',', index);
    }
}
