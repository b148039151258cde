using System.Collections.Immutable;
using System.Globalization;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads the <c>queue</c> section of <c>pipeline.yaml</c>.</summary>
internal static class QueueManifestReader
{
    private const int MaxLevels = 32;

    /// <summary>The defaults with what the section says instead.</summary>
    public static QueueOptions Read(OptionReader section, QueueOptions defaults)
    {
        var levels = (int)section.Integer("priority_levels", defaults.PriorityLevels, 1, MaxLevels);
        return defaults with
        {
            MaxRows = section.Integer("max_rows", defaults.MaxRows, 1),
            MaxBytes = section.Integer("max_bytes", defaults.MaxBytes, 1),
            Timeout = section.Duration("timeout", defaults.Timeout),
            PriorityLevels = levels,
            DefaultPriority = (int)section.Integer("default_priority", defaults.DefaultPriority, 1, levels),
            Ageing = section.Duration("ageing", defaults.Ageing),
            Levels = Levels(section, levels),
        };
    }

    private static ImmutableArray<PriorityLevelOptions> Levels(OptionReader section, int levels)
    {
        const string key = "levels";
        var limits = section.Section(key);
        if (section.Find(key) is not { } node)
            return [];
        var found = new List<PriorityLevelOptions>();
        foreach (var (name, _) in node.Entries)
        {
            var limit = limits.Section(name);
            if (TryParse(name, levels, out var level))
                found.Add(Level(limit, level));
            else
                section.Error(key, $"has {ErrorText.Quote(name)}; expected a level from 1, the highest, to {levels}, which is priority_levels.");
        }

        return [.. found.OrderBy(l => l.Level)];
    }

    private static bool TryParse(string name, int levels, out int level) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out level)
        && level >= 1
        && level <= levels
        && level.ToString(CultureInfo.InvariantCulture) == name;

    private static PriorityLevelOptions Level(OptionReader section, int level) => new(level)
    {
        MaxRows = section.Integer("max_rows", 0, 1),
        MaxBytes = section.Integer("max_bytes", 0, 1),
        Timeout = section.Duration("timeout", TimeSpan.Zero),
    };
}
