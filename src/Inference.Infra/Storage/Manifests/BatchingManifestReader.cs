using System.Collections.Immutable;
using System.Globalization;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads the <c>batching</c> section of <c>pipeline.yaml</c>, or the word <c>on</c> or <c>off</c> in its place.</summary>
internal static class BatchingManifestReader
{
    private const string Key = "batching";
    private const int MaxRows = 65_536;

    /// <summary>The defaults with what the section says instead. Whoever writes a section wants batches.</summary>
    public static BatchingOptions Read(OptionReader root, BatchingOptions defaults) => root.Find(Key) switch
    {
        null => defaults,
        { Kind: OptionKind.Scalar } word => Word(root, word.Text, defaults),
        _ => Section(root.Section(Key), defaults),
    };

    private static BatchingOptions Word(OptionReader root, string word, BatchingOptions defaults)
    {
        if (word is not ("on" or "off"))
            root.Error(Key, $"is {ErrorText.Quote(word)}; expected on, off, or keys with values, such as {{ max_batch_rows: 32 }}.");
        return defaults with { Enabled = word == "on", IsAsked = true };
    }

    private static BatchingOptions Section(OptionReader section, BatchingOptions defaults)
    {
        var target = section.Duration("latency_target", defaults.LatencyTarget);
        var fallback = target > TimeSpan.Zero ? BatchingOptions.DefaultMaxRowsWithTarget : defaults.MaxRows;
        var maxRows = (int)section.Integer("max_batch_rows", fallback, 1, MaxRows);
        var delay = section.Duration("max_delay", defaults.MaxDelay);
        if (target > TimeSpan.Zero && delay >= target)
            section.Error("max_delay", $"is {delay.TotalMilliseconds} ms, which the latency target of {target.TotalMilliseconds} ms leaves no room for; make it shorter than latency_target, or leave it out.");
        return defaults with
        {
            Enabled = true,
            IsAsked = true,
            MaxRows = maxRows,
            MaxBytes = section.Integer("max_batch_bytes", defaults.MaxBytes, 1),
            MaxDelay = delay,
            PreferredRows = Preferred(section, maxRows),
            LatencyTarget = target,
            Split = section.Flag("split", defaults.Split),
            PreserveOrdering = section.Flag("preserve_ordering", defaults.PreserveOrdering),
            Padding = Padding(section),
        };
    }

    private static ImmutableArray<int> Preferred(OptionReader section, int maxRows)
    {
        const string key = "preferred_batch_rows";
        var sizes = new SortedSet<int>();
        foreach (var word in section.Words(key) ?? [])
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) || rows < 1 || rows > maxRows)
                section.Error(key, $"has {ErrorText.Quote(word)}; expected whole numbers from 1 to {maxRows}, which is max_batch_rows.");
            else if (!sizes.Add(rows))
                section.Error(key, $"has {rows} twice; each size may stand once.");
        }

        return [.. sizes];
    }

    private static ImmutableArray<PaddedInput> Padding(OptionReader section)
    {
        const string key = "inputs";
        var inputs = section.Section(key);
        if (section.Find(key) is not { } node)
            return [];
        var padding = ImmutableArray.CreateBuilder<PaddedInput>();
        foreach (var (name, _) in node.Entries)
        {
            var input = inputs.Section(name);
            var value = input.Number("value", 0);
            if (input.Flag("pad", false))
                padding.Add(new PaddedInput(name, value));
            else if (input.Has("value"))
                input.Error("value", "has no effect without pad: true.");
        }

        return padding.ToImmutable();
    }
}
