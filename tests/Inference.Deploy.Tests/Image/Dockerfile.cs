using System.Text.Json;
using System.Text.RegularExpressions;

namespace Inference.Deploy.Tests.Image;

/// <summary>The instructions of <c>deploy/Dockerfile</c>, in stages.</summary>
internal sealed partial class Dockerfile
{
    private readonly Dictionary<string, string> _arguments = [];

    /// <summary>Reads it for some build arguments.</summary>
    public Dockerfile(string text, IReadOnlyDictionary<string, string> arguments)
    {
        foreach (var instruction in Instructions(text))
        {
            var (name, rest) = instruction;
            if (name == "FROM")
            {
                var words = Words(rest);
                Stages.Add(new Stage(words.Length == 3 && words[1] == "AS" ? words[2] : string.Empty, Expand(words[0], _arguments), []));
            }
            else if (Stages.Count > 0)
            {
                Stages[^1].Instructions.Add(instruction);
            }
            else if (name == "ARG" && rest.Split('=', 2) is [var key, var value])
            {
                _arguments[key] = arguments.GetValueOrDefault(key, value);
            }
            else
            {
                throw new FormatException($"'{name} {rest}' before the first stage is not understood.");
            }
        }
    }

    public List<Stage> Stages { get; } = [];

    /// <summary>Build arguments with their values.</summary>
    public IReadOnlyDictionary<string, string> Arguments => _arguments;

    /// <summary>One stage; its base is the name of another or of an image.</summary>
    internal sealed record Stage(string Name, string Base, List<Instruction> Instructions);

    internal sealed record Instruction(string Name, string Rest)
    {
        /// <summary>The exec form, such as <c>["dotnet", "x.dll"]</c>.</summary>
        public string[] Exec => JsonSerializer.Deserialize<string[]>(Rest[Rest.IndexOf('[')..])!;
    }

    /// <summary>Words of an instruction, quotes taken off.</summary>
    public static string[] Words(string text) => [.. Word().Matches(text).Select(m => m.Value.Replace("\"", string.Empty, StringComparison.Ordinal))];

    /// <summary>Puts values in the place of <c>$NAME</c> and <c>${NAME}</c>.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> values) =>
        Variable().Replace(text, m => values.TryGetValue(m.Groups[1].Value, out var value) ? value : throw new FormatException($"{m.Value} has no value."));

    private static IEnumerable<Instruction> Instructions(string text)
    {
        var lines = text.Split('\n').Where(l => !l.TrimStart().StartsWith('#'));
        var joined = string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (var line in joined.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var space = line.IndexOf(' ');
            yield return new Instruction(line[..space], line[(space + 1)..].Trim());
        }
    }

    [GeneratedRegex("""(?:[^\s"]|"[^"]*")+""")]
    private static partial Regex Word();

    [GeneratedRegex(@"\$\{?(\w+)\}?")]
    private static partial Regex Variable();
}
