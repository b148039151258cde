using System.Globalization;

namespace Inference.Benchmarks.Load;

/// <summary>Options of a command line in the form --name value. Every option is read once, and none may be left over.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> given = [];
    private readonly HashSet<string> read = [];

    /// <summary>Splits a command line.</summary>
    /// <exception cref="LoadException">A word is no option, an option has no value, or stands there twice.</exception>
    public Arguments(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            var name = words[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
                throw new LoadException($"'{name}' is not an option; expected --name value.");
            if (i + 1 == words.Count)
                throw new LoadException($"Option {name} has no value; expected {name} value.");
            if (!given.TryAdd(name, words[i + 1]))
                throw new LoadException($"Option {name} is given twice; give it once.");
        }
    }

    /// <summary>The text of an option, or what it is when left out; null makes it required.</summary>
    public string Text(string name, string? otherwise = null)
    {
        read.Add(name);
        return given.GetValueOrDefault(name) ?? otherwise ?? throw new LoadException($"Option {name} is required.");
    }

    /// <summary>A whole number within bounds.</summary>
    public int Integer(string name, int otherwise, int least, int most)
    {
        var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new LoadException($"Option {name} is '{text}'; expected a whole number from {least} to {most}.");
    }

    /// <summary>A number within bounds.</summary>
    public double Number(string name, double otherwise, double least, double most)
    {
        var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new LoadException(FormattableString.Invariant($"Option {name} is '{text}'; expected a number from {least} to {most}."));
    }

    /// <summary>A length of time, given in seconds.</summary>
    public TimeSpan Seconds(string name, double otherwise, double most = 600) => TimeSpan.FromSeconds(Number(name, otherwise, 0.001, most));

    /// <summary>Fails if the command line holds an option that nothing has read.</summary>
    /// <exception cref="LoadException">An option that the scenario does not have.</exception>
    public void RequireAllRead()
    {
        var unknown = given.Keys.Where(name => !read.Contains(name)).ToList();
        if (unknown.Count > 0)
            throw new LoadException($"Unknown option {string.Join(", ", unknown)}; this scenario has {string.Join(", ", read.Order())}.");
    }
}
