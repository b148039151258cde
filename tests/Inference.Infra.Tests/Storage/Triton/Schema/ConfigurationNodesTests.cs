using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Triton.Schema;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Tests.Storage.Triton.Schema;

[TestFixture]
internal sealed class ConfigurationNodesTests
{
    [TestCase("max_batch_size: 0x10", "max_batch_size=16")]
    [TestCase("max_batch_size: 010", "max_batch_size=8")]
    [TestCase("max_batch_size: -1", "max_batch_size=-1")]
    [TestCase("input { dims: 1 dims: [ 2, -1 ] dims: [] }", "input=[{dims=[1 2 -1]}]")]
    [TestCase("input { data_type: 11 format: FORMAT_NCHW optional: 1 }", "input=[{data_type=TYPE_FP32 format=FORMAT_NCHW optional=true}]")]
    [TestCase("dynamic_batching: { }", "dynamic_batching={}")]
    [TestCase("parameters { key: 'a' value { string_value: 'x' } } parameters: [ { key: \"b\" value: { string_value: 'y' } } ]", "parameters={a={string_value=x} b={string_value=y}}")]
    [TestCase("parameters { key: 'a' value { string_value: 'x' } } parameters { key: 'a' value { string_value: 'y' } }", "parameters={a={string_value=y}}")]
    [TestCase("metric_tags { key: 'a' }", "metric_tags={a=}")]
    [TestCase("dynamic_batching { priority_queue_policy { key: 0x2 value { max_queue_size: 3 } } }", "dynamic_batching={priority_queue_policy={2={max_queue_size=3}}}")]
    [TestCase("sequence_batching { direct { minimum_slot_utilization: 0.5f } }", "sequence_batching={direct={minimum_slot_utilization=0.5}}")]
    [TestCase("sequence_batching { direct { minimum_slot_utilization: -1 } }", "sequence_batching={direct={minimum_slot_utilization=-1}}")]
    [TestCase("model_metrics { metric_control { metric_identifier { family: 'f' } histogram_options { buckets: [ 1, inf ] } } }", "model_metrics={metric_control=[{metric_identifier={family=f} histogram_options={buckets=[1 Infinity]}}]}")]
    [TestCase("optimization { cuda { graph_spec { input { key: 'x' value { dim: [3] } } } } }", "optimization={cuda={graph_spec=[{input={x={dim=[3]}}}]}}")]
    public void Read_Forms_HaveTheFormOfTheSchema(string text, string expected)
    {
        var (root, warnings) = Read(text);
        Assert.Multiple(() =>
        {
            Assert.That(Show(root)[1..^1], Is.EqualTo(expected));
            Assert.That(warnings, Is.Empty);
        });
    }

    [TestCase("name: densenet", "c:1:7: field 'name' is 'densenet'; expected a string in quotes.")]
    [TestCase("max_batch_size: '8'", "c:1:17: field 'max_batch_size' is '8'; expected a whole number from -2147483648 to 2147483647.")]
    [TestCase("max_batch_size: 4294967296", "c:1:17: field 'max_batch_size' is '4294967296'; expected a whole number from -2147483648 to 2147483647.")]
    [TestCase("max_batch_size: 99999999999999999999999999999999999999999", "c:1:17: field 'max_batch_size' is '99999999999999999999999999999999999999999'; expected a whole number from -2147483648 to 2147483647.")]
    [TestCase("max_batch_size: 08", "c:1:17: field 'max_batch_size' is '08'; expected a whole number from -2147483648 to 2147483647.")]
    [TestCase("max_batch_size: 1.5", "c:1:17: field 'max_batch_size' is '1.5'; expected a whole number from -2147483648 to 2147483647.")]
    [TestCase("max_batch_size: 1\nmax_batch_size: 2", "c:2:1: field 'max_batch_size' stands here and in line 1; it may stand once.")]
    [TestCase("max_batch_size: [1]", "c:1:1: field 'max_batch_size' has a list in brackets; expected one value.")]
    [TestCase("dynamic_batching: 1", "c:1:19: field 'dynamic_batching' expects fields in braces.")]
    [TestCase("name { }", "c:1:6: field 'name' has no single value; expected a single value.")]
    [TestCase("dynamic_batching { } sequence_batching { }", "c:1:22: field 'sequence_batching' stands beside 'dynamic_batching' of line 1; only one of them may be set.")]
    [TestCase("parameters { value { } }", "c:1:12: field 'parameters' expects pairs such as { key: … value: … }.")]
    [TestCase("response_cache { enable: yes }", "c:1:26: field 'enable' is 'yes'; expected true or false.")]
    public void Read_Misfit_TellsFileLineColumnAndWhatWasExpected(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Is.EqualTo(expected));

    [Test]
    public void Read_WrongWord_TellsTheKnownOnesAndTheNearest() =>
        Assert.That(
            Assert.Throws<ManifestException>(() => Read("instance_group { kind: KIND_GPUS }"))!.Message,
            Is.EqualTo("c:1:24: field 'kind' is 'KIND_GPUS'; expected one of KIND_AUTO, KIND_GPU, KIND_CPU, KIND_MODEL. Did you mean 'KIND_GPU'?"));

    [Test]
    public void Read_UnknownFields_AreWarnedOfWithTheNearestAndLeftOut()
    {
        var (root, warnings) = Read("max_bach_size: 3\ninput [ { name: 'x' dimz: 1 } ]\nquite_another { a: 1 }\n[ext.field]: 1");
        Assert.Multiple(() =>
        {
            Assert.That(Show(root), Is.EqualTo("{input=[{name=x}]}"));
            Assert.That(warnings, Is.EqualTo(new[]
            {
                "c:1:1: field 'max_bach_size' is not known and has no effect. Did you mean 'max_batch_size'?",
                "c:2:21: field 'dimz' is not known and has no effect. Did you mean 'dims'?",
                "c:3:1: field 'quite_another' is not known and has no effect.",
                "c:4:1: field '[ext.field]' is not known and has no effect.",
            }));
        });
    }

    [Test]
    public void Read_VeryManyMistakes_AreBounded()
    {
        var mistakes = string.Concat(Enumerable.Repeat("name: 1\n", 50_000));
        var unknown = string.Concat(Enumerable.Repeat("nme: 1\n", 50_000));
        Assert.Multiple(() =>
        {
            Assert.That(Assert.Throws<ManifestException>(() => Read(mistakes))!.Errors, Has.Count.LessThan(1_000));
            Assert.That(Read(unknown).Warnings, Has.Count.LessThan(1_000));
        });
    }

    private static (OptionNode Root, IReadOnlyList<string> Warnings) Read(string text) => ConfigurationNodes.Read(TextParser.Parse(text, "c"), ModelConfigSchema.Message);

    private static string Show(OptionNode node) => node.Kind switch
    {
        OptionKind.Section => $"{{{string.Join(' ', node.Entries.Select(e => $"{e.Key}={Show(e.Value)}"))}}}",
        OptionKind.List => $"[{string.Join(' ', node.Items.Select(Show))}]",
        _ => node.Text,
    };
}
