using System.Globalization;
using Inference.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace Inference.Core.Tests.Configuration;

public sealed class OptionsBinderTests
{
    // The protocol of traces is filled in where nothing names one.
    private static readonly InferenceOptions Defaults = new() { Telemetry = new TelemetryOptions { Traces = new TraceOptions { Protocol = TraceOptions.Grpc } } };

    [Test]
    public void Bind_Nothing_GivesTheDefaults() => Assert.That(Bind(), Is.EqualTo(Defaults));

    [Test]
    public void Bind_OneOfEachType_IsTaken()
    {
        var options = Bind(
            ("Inference:Server:Host", "*"), ("Inference:Server:AllowPlaintext", "true"), ("inference:server:grpcport", "9001"), ("Inference:Shutdown:GraceSeconds", "0.5"), ("Inference:Logging:Format", "json"),
            ("Inference:Batching:Enabled", "false"), ("Inference:Queue:TotalBytes", "5000000000"));

        Assert.Multiple(() =>
        {
            Assert.That((options.Server.Host, options.Server.GrpcPort), Is.EqualTo(("*", 9001)));
            Assert.That(options.Shutdown.GraceSeconds, Is.EqualTo(0.5));
            Assert.That(options.Logging.Format, Is.EqualTo("json"));
            Assert.That((options.Batching.Enabled, options.Queue.TotalBytes), Is.EqualTo((false, 5_000_000_000L)));
        });
    }

    [Test]
    public void Bind_OtherRoots_AreNotOurs() => Assert.That(Bind(("Logging:LogLevel:Default", "Debug"), ("AllowedHosts", "*")), Is.EqualTo(Defaults));

    [Test]
    public void Bind_ManyMistakes_ReportsEachOnce()
    {
        var errors = Errors(
            ("Inference:Sever:Host", "*"),
            ("Inference:Server:GrpcPrt", "1"),
            ("Inference:Server:HttpPort", "http"),
            ("Inference:Server:MetricsPort", "99999"),
            ("Inference:Logging:Format", "xml"),
            ("Inference:Shutdown", "5"));

        Assert.That(
            errors.Order(StringComparer.Ordinal),
            Is.EqualTo(new[]
            {
                "Inference:Logging:Format is 'xml'; expected text or json.",
                "Inference:Server:GrpcPrt is not a known key; known here: Host, AllowPlaintext, GrpcPort, GrpcSocket, HttpPort, MetricsPort, MaxMessageBytes, ConnectionAgeSeconds, ConnectionGraceSeconds, MaxIdlePings, PatientThreads. Did you mean 'GrpcPort'?",
                "Inference:Server:HttpPort is 'http'; expected a whole number.",
                "Inference:Server:MetricsPort is '99999'; expected a whole number from 0 to 65535.",
                "Inference:Sever is not a known key; known here: Server, Tls, Repository, Cache, Routing, Execution, Queue, Batching, Streams, Admission, SharedMemory, Shutdown, Logging, Telemetry, Plugins. Did you mean 'Server'?",
                "Inference:Shutdown is '5'; expected keys below it: GraceSeconds, DrainSeconds.",
            }));
    }

    [TestCase("Inference:Server:GrpcPort", "")]
    [TestCase("Inference:Server:GrpcPort", "80.5")]
    [TestCase("Inference:Server:GrpcPort", "2147483648")]
    [TestCase("Inference:Server:GrpcPort", "0x50")]
    [TestCase("Inference:Shutdown:DrainSeconds", "5s")]
    [TestCase("Inference:Server:GrpcPort:Number", "80")]
    [TestCase("Inference:Queue:TotalBytes", "1GB")]
    public void Bind_ValueOfAnotherType_NamesKeyAndExpectation(string key, string value)
    {
        var error = Errors((key, value)).Single();

        Assert.That(error, Does.StartWith(string.Join(':', key.Split(':')[..3]) + " is '").And.Contain("; expected a "));
    }

    [TestCase("yes")]
    [TestCase("1")]
    [TestCase("")]
    public void Bind_FlagThatIsNone_NamesBoth(string value) =>
        Assert.That(Errors(("Inference:Batching:Enabled", value)).Single(), Is.EqualTo($"Inference:Batching:Enabled is '{value}'; expected true or false."));

    [Test]
    public void Bind_KeyOfEarlierVersions_NamesWhatReplacesIt() =>
        Assert.That(Errors(("Inference:Execution:MaxQueuedPerPipeline", "9")).Single(), Does.Contain("is not a known key; known here: Device, Lanes,").And.EndWith("Give Queue:MaxRows, which counts rows instead of requests."));

    [Test]
    public void Bind_KeyUnlikeAnyOther_HasNoHint() => Assert.That(Errors(("Inference:Zzz:A", "1")).Single(), Does.EndWith("Plugins."));

    [Test]
    public void Bind_MoreChecks_AddTheirMistakes()
    {
        var configuration = Configuration(("Inference:Logging:Format", "xml"));

        var error = Assert.Throws<ConfigurationException>(() => OptionsBinder.Bind(configuration, _ => ["one"], o => o.Execution.Device == "cpu" ? ["two"] : []));

        Assert.That(error!.Errors, Has.Count.EqualTo(3).And.Contains("one").And.Contains("two"));
    }

    [Test]
    public void Bind_EveryOption_CanBeSet()
    {
        var settings = new List<(string, string)>();
        Collect("Inference", new InferenceOptions(), settings);

        Assert.That(settings, Has.Count.GreaterThan(15));
        var telemetry = Defaults.Telemetry with { Traces = Defaults.Telemetry.Traces with { SampleRatio = 1 } };
        var repository = Defaults.Repository with { S3 = Defaults.Repository.S3 with { ForcePathStyle = true } };
        Assert.That(Bind([.. settings]), Is.EqualTo(Defaults with { Telemetry = telemetry, Repository = repository }));
    }

    private static object Some(Type optional) => optional == typeof(bool?) ? true : 1;

    private static void Collect(string path, object section, List<(string, string)> settings)
    {
        foreach (var option in section.GetType().GetProperties().Where(p => p.CanWrite))
        {
            var (name, value) = ($"{path}:{option.Name}", option.GetValue(section));
            if (value is null or string or ValueType)
                settings.Add((name, Convert.ToString(value ?? Some(option.PropertyType), CultureInfo.InvariantCulture)!));
            else
                Collect(name, value, settings);
        }
    }

    private static InferenceOptions Bind(params (string Key, string Value)[] settings) => OptionsBinder.Bind(Configuration(settings));

    private static IReadOnlyList<string> Errors(params (string Key, string Value)[] settings) =>
        Assert.Throws<ConfigurationException>(() => Bind(settings))!.Errors;

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
}
