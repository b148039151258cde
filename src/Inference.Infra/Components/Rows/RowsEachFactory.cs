using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Rows;

/// <summary>Makes <c>rows.each</c>: every so many rows of a request are answered on their own, over a stream.</summary>
internal sealed class RowsEachFactory : IPreprocessorFactory
{
    private const long MostRows = 1 << 20;

    public string Name => "rows.each";

    public IPreprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var rows = options.Integer("rows", 1, 1, MostRows);
        options.Finish();
        return context.Model.HasBatchAxis
            ? new RowsEach(context.Model, rows)
            : throw new InferenceException(ErrorCode.LoadFailed, $"{options.Location}: component 'rows.each' needs a model whose inputs and outputs all have a symbolic first axis that counts rows; this one's have not.");
    }
}
