using System.Numerics;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Tabular;

/// <summary>Columns of equal length become a matrix [rows, features], column after column.</summary>
internal sealed class TabularColumns : IPreprocessor
{
    private readonly IReadOnlyList<ColumnEncoder> _columns;
    private readonly TensorSpec _output;
    private readonly int _features;

    public TabularColumns(IReadOnlyList<ColumnEncoder> columns, TensorSpec output)
    {
        _columns = columns;
        _features = columns.Sum(c => c.Width);
        _output = output with { Dimensions = output.Dimensions.SetItem(1, _features) };
        Inputs = [.. columns.Select(c => c.Input)];
        Outputs = [_output];
    }

    public IReadOnlyList<TensorSpec> Inputs { get; }

    public IReadOnlyList<TensorSpec> Outputs { get; }

    public bool HasBatchAxis => true;

    public TensorSet Process(TensorSet inputs)
    {
        var rows = inputs.Get(_columns[0].Input.Name).Shape[0];
        var matrix = Tensor.Allocate(_output.Type, TensorShape.Of(rows, _features));
        try
        {
            switch (_output.Type)
            {
                case TensorType.Float64: Fill(inputs, matrix.Mutable<double>()); break;
                case TensorType.Float16: Fill(inputs, matrix.Mutable<Half>()); break;
                default: Fill(inputs, matrix.Mutable<float>()); break;
            }

            return new TensorSet(1).Add(_output.Name, matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    private void Fill<T>(TensorSet inputs, Span<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (matrix.IsEmpty)
            return;
        var feature = 0;
        foreach (var column in _columns)
        {
            column.Encode(inputs.Get(column.Input.Name), matrix[feature..], _features);
            feature += column.Width;
        }
    }
}
