using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Tabular;

/// <summary>Makes <c>tabular.columns</c>: one external tensor for each column, one feature matrix for the model.</summary>
internal sealed class TabularColumnsFactory : IPreprocessorFactory
{
    public string Name => "tabular.columns";

    public IPreprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var output = ModelTensor.Find(options, "output", context.Model.Inputs, "input", ModelTensor.Floats, 2);
        var rows = output?.Dimensions[0] ?? TensorSpec.Any;
        var columns = options.Sections("columns").Select(c => ColumnReader.Read(c, rows)).ToList();
        if (columns.Count == 0)
            options.Error("columns", "must list at least one column, such as - { name: length, type: number }.");
        foreach (var twice in columns.GroupBy(c => c.Input.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            options.Error("columns", $"has two columns named {ErrorText.Quote(twice.Key)}; each name may stand once.");
        if (output is not null)
            CheckWidth(options, columns, output);
        options.Finish();
        return new TabularColumns(columns, output!);
    }

    private static void CheckWidth(OptionReader options, List<ColumnEncoder> columns, TensorSpec output)
    {
        var width = columns.Sum(c => (long)c.Width);
        if (columns.Count == 0 || output.Dimensions[1] == TensorSpec.Any || output.Dimensions[1] == width)
            return;
        var made = ErrorText.Join(columns.Select(c => $"{ErrorText.Quote(c.Input.Name)} {c.Width}"));
        options.Error("columns", $"makes {width} features ({made}), but the model input {ErrorText.Quote(output.Name)} is {output.Describe()} and takes {output.Dimensions[1]}.");
    }
}
