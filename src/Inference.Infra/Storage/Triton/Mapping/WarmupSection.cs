using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>model_warmup</c>: requests that are answered before the model is ready.</summary>
internal static class WarmupSection
{
    private const int MaxRuns = 1_000;
    private const int MaxRows = 65_536;

    /// <summary>The requests; one on zeros where none is given.</summary>
    public static WarmupOptions Read(ConfigContext config, TensorContract contract)
    {
        ImmutableArray<WarmupSample> samples = [.. config.Root.Sections("model_warmup").Select(s => Sample(config, s, contract))];
        if (!samples.IsEmpty)
            config.Note($"model_warmup: {ErrorText.List(samples.Select(s => s.Name))}");
        return new WarmupOptions(1, 1) { Samples = samples };
    }

    private static WarmupSample Sample(ConfigContext config, OptionReader sample, TensorContract contract)
    {
        var rows = (int)sample.Integer("batch_size", 1, 0, contract.MaxRows > 0 ? contract.MaxRows : MaxRows);
        var inputs = sample.Section("inputs");
        var names = sample.Find("inputs")?.Entries.Select(e => e.Key) ?? [];
        return new WarmupSample(
            sample.Text("name", "unnamed"),
            (int)Math.Max(1, sample.Integer("count", 1, 0, MaxRuns)),
            contract.Rows == RowRule.Implied ? Math.Max(1, rows) : 0,
            [.. names.Select(name => Input(config, inputs.Section(name), name))]);
    }

    private static WarmupInput Input(ConfigContext config, OptionReader input, string name)
    {
        var dims = input.Sizes("dims");
        if (dims.Contains(TensorSpec.Any))
            input.Error("dims", $"of {ErrorText.Quote(name)} is {ErrorText.Shape(dims.AsSpan())}; a request has sizes of at least 1.");
        if (input.Has("input_data_file"))
            return new WarmupInput(name, dims, WarmupContent.File) { File = ModelFile.Find(config, input, "input_data_file", "warmup") ?? string.Empty };
        return new WarmupInput(name, dims, input.Flag("random_data", false) ? WarmupContent.Random : WarmupContent.Zeros);
    }
}
