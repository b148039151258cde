using Inference.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace Inference.Core.Tests.Configuration;

public sealed class TraceEnvironmentTests
{
    [Test]
    public void Bind_Nothing_LeavesTracesOff() => Assert.That(Bind().IsOn, Is.False);

    [TestCase("http://c:4317", "", ExpectedResult = "http://c:4317")]
    [TestCase("http://c:4318", "http/protobuf", ExpectedResult = "http://c:4318/v1/traces")]
    [TestCase("http://c:4318/", "http/protobuf", ExpectedResult = "http://c:4318/v1/traces")]
    [TestCase("http://c:4318/own/path", "http/protobuf", ExpectedResult = "http://c:4318/own/path")]
    public string Bind_OwnEndpoint_HasAPathWhereHttpNeedsOne(string endpoint, string protocol) =>
        Bind(("Inference:Telemetry:Traces:Endpoint", endpoint), ("Inference:Telemetry:Traces:Protocol", protocol)).Endpoint;

    [Test]
    public void Bind_StandardVariables_StandInForOptions()
    {
        var traces = Bind(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/base"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25"));

        Assert.That((traces.Endpoint, traces.Protocol, traces.SampleRatio, traces.FollowsCaller), Is.EqualTo(("http://c:4318/base/v1/traces", "http/protobuf", 0.25, true)));
    }

    [Test]
    public void Bind_VariableForTracesAlone_IsTakenAsItIs() => Assert.That(
        Bind(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318/x"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")).Endpoint,
        Is.EqualTo("http://traces:4318/x"));

    [Test]
    public void Bind_OptionAndVariable_TakesTheOption()
    {
        var traces = Bind(("Inference:Telemetry:Traces:Endpoint", "http://own:1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://env:2"), ("Inference:Telemetry:Traces:SampleRatio", "0.5"), ("OTEL_TRACES_SAMPLER", "always_off"));

        Assert.That((traces.Endpoint, traces.SampleRatio), Is.EqualTo(("http://own:1", 0.5)));
    }

    [TestCase("always_on", 1, false)]
    [TestCase("always_off", 0, false)]
    [TestCase("parentbased_always_on", 1, true)]
    [TestCase("traceidratio", 1, false)]
    public void Bind_Samplers_AreKnown(string sampler, double ratio, bool follows)
    {
        var traces = Bind(("OTEL_TRACES_SAMPLER", sampler));

        Assert.That((traces.SampleRatio, traces.FollowsCaller), Is.EqualTo(((double?)ratio, follows)));
    }

    [TestCase("OTEL_SDK_DISABLED", "true")]
    [TestCase("OTEL_TRACES_EXPORTER", "none")]
    public void Bind_SwitchedOffByVariable_IgnoresTheOthers(string variable, string value) =>
        Assert.That(Bind(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), (variable, value)).IsOn, Is.False);

    [TestCase("Inference:Telemetry:Traces:Endpoint", "collector:4317", "http://collector:4317")]
    [TestCase("Inference:Telemetry:Traces:Endpoint", "ftp://collector", "http://collector:4317")]
    [TestCase("Inference:Telemetry:Traces:Protocol", "http/json", "grpc or http/protobuf")]
    [TestCase("Inference:Telemetry:Traces:SampleRatio", "1.5", "a number from 0 to 1")]
    [TestCase("Inference:Telemetry:Traces:SampleRatio", "NaN", "a number from 0 to 1")]
    [TestCase("Inference:Telemetry:Traces:SampleRatio", "half", "a number")]
    [TestCase("Inference:Telemetry:Traces:Endpiont", "x", "Did you mean 'Endpoint'?")]
    [TestCase("OTEL_TRACES_SAMPLER", "jaeger_remote", "always_on, always_off or traceidratio")]
    public void Bind_ValueThatCannotBe_NamesKeyAndExpectation(string key, string value, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => Bind((key, value)))!.Errors.Single();

        Assert.That(error, Does.StartWith(key).And.Contain(expected));
    }

    [Test]
    public void Bind_SamplerArgumentThatCannotBe_IsNamed()
    {
        var error = Assert.Throws<ConfigurationException>(() => Bind(("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")))!.Errors.Single();

        Assert.That(error, Is.EqualTo("OTEL_TRACES_SAMPLER_ARG is '2'; expected a number from 0 to 1."));
    }

    private static TraceOptions Bind(params (string Key, string Value)[] settings) => OptionsBinder.Bind(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build()).Telemetry.Traces;
}
