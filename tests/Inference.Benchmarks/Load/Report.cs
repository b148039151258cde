using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inference.Benchmarks.Load;

/// <summary>The figures of one scenario, printed as one line to read and one of JSON, and what was wrong with the answers.</summary>
internal sealed class Report(string scenario)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly JsonObject figures = new() { ["scenario"] = scenario };
    private readonly List<string> problems = [];

    /// <summary>What makes the run a failure; empty when all went well.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>A figure that was added before.</summary>
    public double this[string name] => figures[name]?.GetValue<double>() ?? throw new LoadException($"The report has no figure '{name}'.");

    /// <summary>Adds a figure, rounded to what can be read.</summary>
    public void Add(string name, double value) => figures[name] = double.IsFinite(value) ? Math.Round(value, 3) : null;

    /// <summary>Adds to a count, which begins at 0.</summary>
    public void Count(string name, int more) => Add(name, more + (figures[name]?.GetValue<double>() ?? 0));

    /// <summary>Adds a name or a setting.</summary>
    public void Add(string name, string value) => figures[name] = value;

    /// <summary>Notes that the run failed, and why.</summary>
    public void Fail(string problem) => problems.Add(problem);

    /// <summary>Writes both lines, and the problems to standard error.</summary>
    public void Print()
    {
        Console.WriteLine(string.Join("  ", figures.Select(f => f.Value is null ? $"{f.Key} -" : $"{f.Key} {Shown(f.Value)}")));
        figures["problems"] = new JsonArray([.. problems.Select(p => JsonValue.Create(p))]);
        Console.WriteLine(figures.ToJsonString(Readable));
        foreach (var problem in problems)
            Console.Error.WriteLine($"load: {problem}");
    }

    private static string Shown(JsonNode value) => value.GetValueKind() == JsonValueKind.Number
        ? value.GetValue<double>().ToString(value.GetValue<double>() >= 1000 ? "N0" : "0.###", CultureInfo.InvariantCulture)
        : value.ToString();
}
