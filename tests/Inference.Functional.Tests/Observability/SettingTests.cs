using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Observability.Otlp;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using LogValue = Inference.Adapters.Protocol.LogSettingsRequest.Types.SettingValue;
using TraceValue = Inference.Adapters.Protocol.TraceSettingRequest.Types.SettingValue;

namespace Inference.Functional.Tests.Observability;

/// <summary>Clients read and change what a running server traces and logs.</summary>
internal sealed class SettingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private TemporaryRepository _repository = null!;

    [OneTimeSetUp]
    public void CopyModels() => _repository = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "sum_product").Copy(RepositoryPaths.TestModels, "sum_product", "other");

    [OneTimeTearDown]
    public void DeleteModels() => _repository.Dispose();

    [Test]
    public async Task TraceSetting_Read_TellsWhatIsConfigured()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await StartAsync(("Telemetry:Traces:Endpoint", collector.GrpcAddress), ("Telemetry:Traces:SampleRatio", "0.25"));

        var settings = await TraceAsync(server);

        Assert.That(settings, Is.EquivalentTo(new Dictionary<string, string> { ["trace_level"] = "TIMESTAMPS", ["trace_rate"] = "4", ["trace_count"] = "-1", ["trace_mode"] = "opentelemetry" }));
    }

    [Test]
    public async Task TraceSetting_OfOneModel_ChangesWhatIsTracedOfIt()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await StartAsync(("Telemetry:Traces:Endpoint", collector.GrpcAddress));

        var two = await TraceAsync(server, "sum_product", ("trace_count", ["2"]));
        for (var i = 0; i < 5; i++)
            await InferAsync(server, "sum_product", "counted");
        var spent = await TraceAsync(server, "sum_product");
        await TraceAsync(server, "", ("trace_level", ["OFF"]));
        await InferAsync(server, "other", "off");
        await TraceAsync(server, "other", ("trace_level", ["TIMESTAMPS"]));
        await InferAsync(server, "other", "on");
        var back = await TraceAsync(server, "", ("trace_level", []));
        await TraceAsync(server, "sum_product", ("trace_count", []), ("trace_rate", ["1"]));
        await InferAsync(server, "sum_product", "back");
        await server.StopAsync();

        var spans = collector.Spans();
        Assert.Multiple(() =>
        {
            Assert.That((two["trace_count"], spent["trace_count"], back["trace_level"]), Is.EqualTo(("2", "0", "TIMESTAMPS")));
            Assert.That(spans.Calls("counted").Count(), Is.EqualTo(2));
            Assert.That(spans.Calls("off").Count(), Is.Zero);
            Assert.That(spans.Calls("on").Count(), Is.EqualTo(1));
            Assert.That(spans.Calls("back").Count(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task TraceSetting_WithoutACollector_IsOffAndStaysOff()
    {
        await using var server = await StartAsync();

        Assert.That((await TraceAsync(server))["trace_level"], Is.EqualTo("OFF"));
        Assert.That(
            Refusal(() => TraceAsync(server, "", ("trace_level", ["TIMESTAMPS"]))),
            Is.EqualTo((StatusCode.FailedPrecondition, "setting 'trace_level' cannot be TIMESTAMPS: the server has nowhere to send traces; start it with Telemetry:Traces:Endpoint, the address of an OpenTelemetry collector.")));
    }

    [TestCase("", "trace_rate", "often", StatusCode.InvalidArgument, "setting 'trace_rate' is 'often'; expected a whole number of at least 0.")]
    [TestCase("", "trace_count", "-2", StatusCode.InvalidArgument, "setting 'trace_count' is '-2'; expected a whole number of at least -1.")]
    [TestCase("", "trace_level", "TENSORS", StatusCode.InvalidArgument, "setting 'trace_level' is 'TENSORS'; expected OFF or TIMESTAMPS.")]
    [TestCase("", "trace_levle", "OFF", StatusCode.InvalidArgument, "'trace_levle' is no trace setting; known: trace_level, trace_rate, trace_count, trace_mode. Did you mean 'trace_level'?")]
    [TestCase("", "trace_file", "/tmp/x", StatusCode.Unimplemented, "setting 'trace_file' is of traces in files, which this server does not write; it sends them to Telemetry:Traces:Endpoint.")]
    [TestCase("nobody", "trace_rate", "1", StatusCode.NotFound, null)]
    public async Task TraceSetting_ThatCannotBe_ChangesNothing(string model, string key, string value, StatusCode status, string? detail)
    {
        await using var server = await StartAsync();
        var before = await TraceAsync(server);

        var refusal = Refusal(() => TraceAsync(server, model, ("trace_mode", ["opentelemetry"]), (key, [value])));

        Assert.That(refusal.Status, Is.EqualTo(status));
        if (detail is not null)
            Assert.That(refusal.Detail, Is.EqualTo(detail));
        Assert.That(await TraceAsync(server), Is.EquivalentTo(before));
    }

    [Test]
    public async Task LogSettings_Levels_ChangeWhatIsWritten()
    {
        await using var server = await StartAsync();
        Assert.That(await LogAsync(server), Is.EqualTo(("", false, true, true, 0u, "text")), "least level Warning");

        await FailAsync(server);
        var quiet = server.Log.All.Count(e => e.Text.Contains("turned away", StringComparison.Ordinal));
        var changed = await LogAsync(server, ("log_verbose_level", new LogValue { Uint32Param = 1 }), ("log_info", new LogValue { BoolParam = true }), ("log_warning", new LogValue { BoolParam = false }));
        await FailAsync(server);
        await LogAsync(server, ("log_verbose_level", new LogValue { Uint32Param = 0 }));
        await FailAsync(server);

        Assert.Multiple(() =>
        {
            Assert.That(quiet, Is.Zero);
            Assert.That(changed, Is.EqualTo(("", true, false, true, 1u, "text")));
            Assert.That(server.Log.All.Count(e => e.Level == LogLevel.Debug && e.Text.Contains("turned away", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(server.Services.GetService(typeof(ILoggerFactory)) is ILoggerFactory factory && factory.CreateLogger("any").IsEnabled(LogLevel.Warning), Is.False);
        });
    }

    [Test]
    public async Task LogSettings_Format_ChangesTheLines()
    {
        await using var server = await ServerProcess.StartAsync(_repository.Path);
        var request = new LogSettingsRequest { Settings = { ["log_format"] = new LogValue { StringParam = "json" } } };

        // The first change is told in the format before it.
        var format = (await server.Client.LogSettingsAsync(request)).Settings["log_format"].StringParam;
        await server.Client.LogSettingsAsync(request);

        Assert.That(format, Is.EqualTo("json"));
        Assert.That(SpinWait.SpinUntil(() => server.Output.Split('\n').Any(l => l.StartsWith('{') && l.Contains("A client changed what is logged", StringComparison.Ordinal)), Limit), Is.True, server.Output);
    }

    [TestCase("log_info", "text 'true'", "setting 'log_info' is the text 'true'; expected bool_param.", StatusCode.InvalidArgument)]
    [TestCase("log_verbose_level", "text '1'", "setting 'log_verbose_level' is the text '1'; expected uint32_param: 0, 1 for events of level Debug, 2 for those of level Trace, too.", StatusCode.InvalidArgument)]
    [TestCase("log_format", "text 'xml'", "setting 'log_format' is 'xml'; expected text or json or ISO8601.", StatusCode.InvalidArgument)]
    [TestCase("log_inof", "text ''", "'log_inof' is no log setting; known: log_file, log_info, log_warning, log_error, log_verbose_level, log_format. Did you mean 'log_info'?", StatusCode.InvalidArgument)]
    [TestCase("log_file", "text '/etc/passwd'", "setting 'log_file' cannot be changed: the log goes to the standard output of the server, never to a file that a client names; have what runs the server keep it.", StatusCode.Unimplemented)]
    public async Task LogSettings_ThatCannotBe_ChangesNothing(string key, string value, string detail, StatusCode status)
    {
        await using var server = await StartAsync();
        var before = await LogAsync(server);

        var refusal = Refusal(() => LogAsync(server, ("log_error", new LogValue { BoolParam = false }), (key, new LogValue { StringParam = value.Split('\'')[1] })));

        Assert.That(refusal, Is.EqualTo((status, detail)));
        Assert.That(await LogAsync(server), Is.EqualTo(before));
    }

    [Test]
    public async Task Settings_WhereClientsMayNotChangeThem_CanBeReadOnly()
    {
        await using var server = await StartAsync(("Telemetry:AllowChanges", "false"));

        var trace = Refusal(() => TraceAsync(server, "", ("trace_rate", ["2"])));
        var log = Refusal(() => LogAsync(server, ("log_error", new LogValue { BoolParam = false })));

        Assert.That((await TraceAsync(server))["trace_rate"], Is.EqualTo("1"));
        Assert.That((await LogAsync(server)).Error, Is.True);
        Assert.That(trace, Is.EqualTo((StatusCode.FailedPrecondition, "trace settings of this server cannot be changed by clients (Telemetry:AllowChanges is false); a call without settings reads them.")));
        Assert.That(log.Status, Is.EqualTo(StatusCode.FailedPrecondition));
    }

    private static (StatusCode Status, string Detail) Refusal(Func<Task> call)
    {
        var error = Assert.ThrowsAsync<RpcException>(call).GetAwaiter().GetResult()!;
        return (error.StatusCode, error.Status.Detail);
    }

    private static async Task<Dictionary<string, string>> TraceAsync(RunningServer server, string model = "", params (string Key, string[] Values)[] settings)
    {
        var request = new TraceSettingRequest { ModelName = model };
        foreach (var (key, values) in settings)
            request.Settings[key] = new TraceValue { Value = { values } };
        return (await server.Client.TraceSettingAsync(request)).Settings.ToDictionary(s => s.Key, s => s.Value.Value.Single());
    }

    private static async Task<(string File, bool Information, bool Warning, bool Error, uint Verbosity, string Format)> LogAsync(RunningServer server, params (string Key, LogValue Value)[] settings)
    {
        var request = new LogSettingsRequest();
        foreach (var (key, value) in settings)
            request.Settings[key] = value;
        var all = (await server.Client.LogSettingsAsync(request)).Settings;
        return (all["log_file"].StringParam, all["log_info"].BoolParam, all["log_warning"].BoolParam, all["log_error"].BoolParam, all["log_verbose_level"].Uint32Param, all["log_format"].StringParam);
    }

    private static async Task FailAsync(RunningServer server) =>
        await Assert.ThrowsAsync<RpcException>(async () => await server.Client.ModelInferAsync(Requests.For("nobody", "1")));

    private static async Task InferAsync(RunningServer server, string model, string id) =>
        await server.Client.ModelInferAsync(Requests.For(model, "1").WithId(id).Floats("a", [1, 3], new float[3]).Floats("b", [1, 3], new float[3]));

    private Task<RunningServer> StartAsync(params (string Key, string Value)[] settings) => RunningServer.StartAsync(_repository.Path, settings);
}
