using System.Globalization;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Priorities and queue policies of <c>dynamic_batching</c>. Every level has its own policy, else the default one.</summary>
internal static class QueueSection
{
    private const string Key = "dynamic_batching";
    private const string DefaultPolicy = "default_queue_policy";
    private const string LevelPolicies = "priority_queue_policy";
    private const int MaxLevels = 32;

    /// <summary>How requests wait.</summary>
    public static QueueOptions Read(ConfigContext config)
    {
        var section = config.Root.Section(Key);
        var asked = section.Integer("priority_levels", 0, 0);
        var levels = (int)Math.Clamp(asked, 1, MaxLevels);
        var standard = Policy(config, section.Section(DefaultPolicy), 0, DefaultPolicy);
        if (asked > MaxLevels)
            config.Warn($"{section.Find("priority_levels")!.Location}: priority_levels is {asked}; there are {MaxLevels}, and a request of a lower priority gets the default one.");
        return config.Defaults.Queue with
        {
            PriorityLevels = levels,
            DefaultPriority = asked > 0 ? (int)Math.Min(levels, section.Integer("default_priority_level", 0, 1, asked)) : 0,
            Levels = [.. Enumerable.Range(1, levels).Select(level => Level(config, section, level, asked) ?? standard with { Level = level })],
        };
    }

    /// <summary>Reports what is said of levels that there are not.</summary>
    public static void CheckLevels(ConfigContext config)
    {
        var section = config.Root.Section(Key);
        var levels = section.Integer("priority_levels", 0);
        if (levels > 0 && !section.Has("default_priority_level"))
            section.Error("priority_levels", $"is {levels}, but default_priority_level is not given; expected one from 1 to {levels}, for requests that name no priority.");
        foreach (var (level, _) in section.Find(LevelPolicies)?.Entries ?? [])
        {
            if (decimal.Parse(level, CultureInfo.InvariantCulture) is var number && (number < 1 || number > levels))
                section.Error(LevelPolicies, $"is for level {level}; expected a level from 1 to priority_levels, which is {levels}.");
        }
    }

    // The level's own policy; null where it has none.
    private static PriorityLevelOptions? Level(ConfigContext config, OptionReader section, int level, long levels)
    {
        var own = section.Section(LevelPolicies);
        var name = level.ToString(CultureInfo.InvariantCulture);
        return levels > 0 && own.Has(name) ? Policy(config, own.Section(name), level, LevelPolicies, name) : null;
    }

    private static PriorityLevelOptions Policy(ConfigContext config, OptionReader policy, int level, params string[] path)
    {
        var timeout = policy.Microseconds("default_timeout_microseconds");
        if (policy.Text("timeout_action", "REJECT") == "DELAY" && timeout > TimeSpan.Zero)
        {
            config.Ignore("DELAY is not supported: such requests keep their place in the queue and are answered without a timeout.", [Key, .. path, "timeout_action"]);
            config.Remove([Key, .. path, "default_timeout_microseconds"]);
            timeout = TimeSpan.Zero;
        }

        return new PriorityLevelOptions(level)
        {
            MaxRequests = (int)Math.Min(int.MaxValue, policy.Integer("max_queue_size", 0)),
            Timeout = timeout,
            Override = policy.Flag("allow_timeout_override", false) ? TimeoutOverride.Shorter : TimeoutOverride.None,
        };
    }
}
