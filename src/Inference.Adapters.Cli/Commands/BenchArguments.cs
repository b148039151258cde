using System.CommandLine;
using Inference.Adapters.Cli.Bench;
using Inference.Adapters.Cli.Bench.Report;
using Inference.Adapters.Cli.Bench.Text;
using Inference.Domain;

namespace Inference.Adapters.Cli.Commands;

/// <summary>The options of <c>inference bench</c>, and what they mean.</summary>
internal sealed class BenchArguments
{
    private const int MostConcurrency = 100_000, MostConnections = 1000;
    private const double MostRate = 10_000_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(1), Longest = TimeSpan.FromHours(24);
    private readonly Argument<string> _model = new("MODEL") { Description = "Name of the model; 'inference models' lists them." };
    private readonly Option<string?> _version = Text("--version", "VERSION", "Version or label. Left out only where the server has a route for it.");
    private readonly ServerArguments _server = new();
    private readonly Option<string?> _timeout = Text("--timeout", "TIME", "How long to wait for single calls, and for the last answers of a load. Default: 60s.");
    private readonly Option<string?> _concurrency = Text("--concurrency", "LEVELS", "Closed loop: requests under way at the same time. Default: 1.");
    private readonly Option<string?> _rate = Text("--rate", "LEVELS", "Open loop: requests a second.");
    private readonly Option<string?> _arrivals = Text("--arrivals", "KIND", "Of an open loop: poisson (independent users) or even. Default: poisson.");
    private readonly Option<int?> _connections = Whole("--connections", "Connections. Default: 8, or as many as there are callers.");
    private readonly Option<bool> _stream = new("--stream") { Description = "Sends requests on ModelStreamInfer, one stream on each connection." };
    private readonly Option<string?> _duration = Text("--duration", "TIME", "Length of each level. Default: 10s.");
    private readonly Option<long?> _requests = new("--requests") { Description = "Ends a level after so many requests, and without --duration only then.", HelpName = "N" };
    private readonly Option<string?> _warmup = Text("--warmup", "TIME", "Load before each level that does not count. Default: 1s.");
    private readonly Option<string?> _deadline = Text("--deadline", "TIME", "Time that each request has; it fails after that. Default: none.");
    private readonly Option<string[]> _inputs = Texts("--input", "NAME=VALUE", "One input of the request, as 'inference infer' takes it. Once for each.");
    private readonly Option<string?> _request = Text("--request", "FILE", "A request in the protocol's REST form, or a list of them that are sent in turn.");
    private readonly Option<string[]> _outputs = Texts("--output", "NAME", "Name of an output that is wanted. Once for each; without it all come.");
    private readonly Option<string[]> _shapes = Texts("--shape", "NAME:SIZES", "Shape of a random input whose axes are open, such as image:1,3,224,224.");
    private readonly Option<string[]> _ranges = Texts("--range", "NAME:LEAST:MOST", "Numbers that a random input holds. Default: -1 to 1; all of INT8 and UINT8; 0 and 1 for other integers.");
    private readonly Option<int?> _batch = Whole("--batch", "Size of an open first axis of random inputs. Default: 1.");
    private readonly Option<int?> _textLength = Whole("--text-length", "Letters of a random text (BYTES). Default: 16.");
    private readonly Option<int?> _payloads = Whole("--payloads", "Random requests that differ and are sent in turn. Default: 16.");
    private readonly Option<int?> _seed = Whole("--seed", "Of random data and arrivals. Default: 1.");
    private readonly Option<string?> _memory = Text("--shared-memory", "KIND", "system: tensors lie in shared memory of this machine. Default: none.");
    private readonly Option<bool> _verify = new("--verify") { Description = "Compares every answer with the one that its request got alone." };
    private readonly Dictionary<string, Option<string?>> _latencies = Objective.Latencies.Keys.ToDictionary(
        name => name, name => Text($"--{name}", "TIME", $"Objective: {name} of the latency, corrected, at most this."));

    private readonly Option<double?> _throughput = new("--throughput") { Description = "Objective: answers a second, at least this.", HelpName = "N" };
    private readonly Option<double?> _errors = new("--errors") { Description = "Percentage of requests that may fail. Default: 0.", HelpName = "PERCENT" };
    private readonly Option<bool> _json = new("--json") { Description = "Prints JSON." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress on standard error." };

    public void AddTo(Command command)
    {
        command.Add(_model);
        Option[] options =
        [
            _version, .. _server.All, _timeout, _concurrency, _rate, _arrivals, _connections, _stream, _duration, _requests, _warmup, _deadline, _inputs, _request, _outputs,
            _shapes, _ranges, _batch, _textLength, _payloads, _seed, _memory, _verify, .. _latencies.Values, _throughput, _errors, _json, _quiet,
        ];
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>The options of a command line.</summary>
    /// <exception cref="UsageException">A value is wrong, or options contradict each other.</exception>
    public BenchOptions Read(ParseResult parsed, CommandContext context)
    {
        if (context.Settings.Count > 0)
            throw new UsageException($"'{context.Settings[0]}' is a setting of a server; bench has none.");
        RefuseContradictions(parsed);
        var (rate, requests) = (parsed.GetValue(_rate), parsed.GetValue(_requests));
        return new BenchOptions
        {
            Server = _server.Read(parsed),
            Model = parsed.GetRequiredValue(_model),
            Version = parsed.GetValue(_version) ?? string.Empty,
            Timeout = Time(parsed, _timeout, Shortest, TimeSpan.FromSeconds(60)),
            Concurrencies = rate is null ? [.. LevelText.Parse("--concurrency", parsed.GetValue(_concurrency) ?? "1", 1, MostConcurrency, isWhole: true).Select(c => (int)c)] : [],
            Rates = rate is null ? [] : LevelText.Parse("--rate", rate, 0.01, MostRate, isWhole: false),
            IsEven = OneOf(parsed, _arrivals, "poisson", "even"),
            Connections = parsed.GetValue(_connections) is null ? null : Number(parsed, _connections, 1, 1, MostConnections),
            IsStream = parsed.GetValue(_stream),
            Duration = Time(parsed, _duration, TimeSpan.FromMilliseconds(1), requests is null ? TimeSpan.FromSeconds(10) : Longest),
            Requests = requests is < 1 ? throw new UsageException($"--requests is {requests}; expected a whole number of at least 1.") : requests,
            Warmup = Time(parsed, _warmup, TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            Deadline = parsed.GetValue(_deadline) is null ? null : Time(parsed, _deadline, Shortest, Longest),
            Inputs = parsed.GetValue(_inputs)!,
            RequestFile = parsed.GetValue(_request),
            Outputs = parsed.GetValue(_outputs)!,
            Shapes = InputText.Shapes(parsed.GetValue(_shapes)!),
            Ranges = InputText.Ranges(parsed.GetValue(_ranges)!),
            Batch = Number(parsed, _batch, 1, 1, int.MaxValue),
            TextLength = Number(parsed, _textLength, 16, 0, 1 << 20),
            Payloads = Number(parsed, _payloads, 16, 1, 10_000),
            Seed = Number(parsed, _seed, 1, 0, int.MaxValue),
            IsShared = OneOf(parsed, _memory, "none", "system"),
            Verifies = parsed.GetValue(_verify),
            Objectives = [.. Objectives(parsed)],
            MostErrors = parsed.GetValue(_errors) is { } errors ? Percentage(errors) : 0,
            IsJson = parsed.GetValue(_json),
            IsQuiet = parsed.GetValue(_quiet),
        };
    }

    private void RefuseContradictions(ParseResult parsed)
    {
        Exclude(parsed, _rate, _concurrency, "an open loop has arrivals, a closed one callers");
        Exclude(parsed, _request, _inputs, "a request is given as a whole, or by its inputs");
        if (parsed.GetValue(_rate) is null && parsed.GetValue(_arrivals) is not null)
            throw new UsageException("--arrivals is of an open loop; add --rate.");
        foreach (var random in new Option[] { _shapes, _ranges, _batch, _textLength, _payloads })
        {
            Exclude(parsed, random, _request, "it is of random requests");
            Exclude(parsed, random, _inputs, "it is of random requests");
        }
    }

    private IEnumerable<Objective> Objectives(ParseResult parsed)
    {
        foreach (var (name, option) in _latencies)
        {
            if (parsed.GetValue(option) is not null)
                yield return Objective.Latency(name, Time(parsed, option, Shortest, Longest));
        }

        if (parsed.GetValue(_throughput) is { } throughput)
            yield return throughput > 0 ? Objective.Throughput(throughput) : throw new UsageException(FormattableString.Invariant($"--throughput is {throughput}; expected a number above 0."));
    }

    private static void Exclude(ParseResult parsed, Option one, Option other, string why)
    {
        if (parsed.GetResult(one) is { Implicit: false } && parsed.GetResult(other) is { Implicit: false })
            throw new UsageException($"{one.Name} and {other.Name} exclude each other: {why}.");
    }

    private static double Percentage(double errors) =>
        errors is >= 0 and <= 100 ? errors / 100 : throw new UsageException(FormattableString.Invariant($"--errors is {errors}; expected a percentage from 0 to 100."));

    private static TimeSpan Time(ParseResult parsed, Option<string?> option, TimeSpan least, TimeSpan otherwise) =>
        parsed.GetValue(option) is { } text ? TimeText.Parse(option.Name, text, least, Longest) : otherwise;

    private static int Number(ParseResult parsed, Option<int?> option, int otherwise, int least, int most) => parsed.GetValue(option) switch
    {
        null => otherwise,
        { } value when value >= least && value <= most => value,
        var value => throw new UsageException($"{option.Name} is {value}; expected a whole number from {least} to {most}."),
    };

    private static bool OneOf(ParseResult parsed, Option<string?> option, string off, string on) => parsed.GetValue(option) switch
    {
        null => false,
        var text when text == off => false,
        var text when text == on => true,
        var text => throw new UsageException($"{option.Name} is {ErrorText.Quote(text)}; expected {off} or {on}."),
    };

    private static Option<string?> Text(string name, string value, string description) => new(name) { Description = description, HelpName = value };

    private static Option<int?> Whole(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static Option<string[]> Texts(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, DefaultValueFactory = _ => [] };
}
