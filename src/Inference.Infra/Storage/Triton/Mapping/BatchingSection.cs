using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>max_batch_size</c> and how <c>dynamic_batching</c> puts batches together.</summary>
internal static class BatchingSection
{
    private const string Key = "dynamic_batching";

    /// <summary>Where rows stand, and how many a request may have.</summary>
    public static TensorContract Rows(ConfigContext config)
    {
        var root = config.Root;
        var maxRows = (int)root.Integer("max_batch_size", 0, 0, int.MaxValue);
        var isComplete = root.Find("input") is { Items.Count: > 0 } && root.Find("output") is { Items.Count: > 0 };
        var rule = maxRows > 0 ? RowRule.Implied : isComplete ? RowRule.None : RowRule.Derived;
        config.Note(rule switch
        {
            RowRule.Implied => $"max_batch_size {maxRows}: the first axis of every input and output counts the rows of a request, 1 to {maxRows}",
            RowRule.None => "max_batch_size 0: shapes are whole, and each request runs by itself",
            _ => "max_batch_size is not given, and inputs or outputs are not: they are taken from the model, and so is whether requests share runs",
        });
        return new TensorContract(rule, (root.Find("max_batch_size")?.Location ?? root.Location)) { MaxRows = maxRows };
    }

    /// <summary>How requests share runs.</summary>
    public static BatchingOptions Read(ConfigContext config, TensorContract contract)
    {
        var defaults = config.Defaults.Batching;
        var isAsked = config.Root.Has(Key);
        if (contract.Rows == RowRule.None)
            config.Ignore("has no effect where max_batch_size is 0 and inputs and outputs are given.", Key);
        if (contract.Rows == RowRule.None || contract.MaxRows == 1)
            return defaults with { Enabled = false };
        var maxRows = contract.Rows == RowRule.Implied ? contract.MaxRows : defaults.MaxRows;
        if (!isAsked)
        {
            if (defaults.Enabled)
                config.Note($"dynamic_batching is not given: requests share runs of up to {maxRows} rows all the same where the model is found to treat each row on its own");
            return defaults with { MaxRows = maxRows };
        }

        var section = config.Root.Section(Key);
        var options = defaults with
        {
            Enabled = true,
            IsAsked = true,
            MaxRows = maxRows,
            MaxDelay = section.Microseconds("max_queue_delay_microseconds"),
            PreferredRows = Preferred(config, maxRows),
            PreserveOrdering = section.Flag("preserve_ordering", false),
        };
        config.Note($"dynamic_batching: requests share runs of up to {maxRows} rows{Sizes(options.PreferredRows)}{Delay(options.MaxDelay)}{(options.PreserveOrdering ? ", answered on a stream in their order" : string.Empty)}");
        return options;
    }

    private static ImmutableArray<int> Preferred(ConfigContext config, int maxRows)
    {
        const string key = "preferred_batch_size";
        var section = config.Root.Section(Key);
        var sizes = section.Integers(key);
        if (sizes.All(s => s >= 1 && s <= maxRows))
            return [.. sizes.Distinct().Order().Select(s => (int)s)];
        section.Error(key, $"is {ErrorText.Shape(sizes.AsSpan())}; expected sizes from 1 to {maxRows}, the most rows of a batch (max_batch_size).");
        return [];
    }

    private static string Sizes(ImmutableArray<int> preferred) => preferred.IsEmpty ? string.Empty : $", preferred {string.Join(", ", preferred)}";

    private static string Delay(TimeSpan delay) => delay > TimeSpan.Zero ? $", and may wait {delay.TotalMicroseconds} us for others" : string.Empty;
}
