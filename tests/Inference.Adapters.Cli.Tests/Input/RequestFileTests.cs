using System.Text;
using Inference.Adapters.Cli.Input;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Tests.Input;

public sealed class RequestFileTests
{
    [Test]
    public void Parse_WholeRequest_KeepsEverything()
    {
        var draft = Parse("""
            {
              "id": "r1",
              "parameters": {"priority": 1, "timeout": 18446744073709551615, "note": "n", "flag": true, "ratio": 0.5},
              "inputs": [{"name": "x", "datatype": "INT8", "shape": [2], "data": [1, 2]}, {"name": "z", "data": 3}],
              "outputs": [{"name": "y", "parameters": {"classification": 3}}, {"name": "w"}]
            }
            """);

        Assert.Multiple(() =>
        {
            Assert.That(draft.Id, Is.EqualTo("r1"));
            Assert.That(
                draft.Parameters,
                Is.EquivalentTo(new Dictionary<string, object> { ["priority"] = 1L, ["timeout"] = ulong.MaxValue, ["note"] = "n", ["flag"] = true, ["ratio"] = 0.5 }));
            Assert.That(draft.Inputs.Select(i => (i.Name, i.Type, i.Shape)), Is.EqualTo(new (string, TensorType?, TensorShape?)[] { ("x", TensorType.Int8, TensorShape.Of(2)), ("z", null, null) }));
            Assert.That(draft.Outputs, Is.EqualTo(new[] { new RequestedOutput("y", 3), new RequestedOutput("w") }));
            Assert.That(draft.NeedsMetadata, Is.True);
        });
    }

    [TestCase("[]", "'inputs'")]
    [TestCase("{}", "'inputs'")]
    [TestCase("""{"inputs":{}}""", "'inputs'")]
    [TestCase("""{"inputs":[],"input":[]}""", "Did you mean 'inputs'?")]
    [TestCase("""{"inputs":[1]}""", "inputs[0] must be an object")]
    [TestCase("""{"inputs":[{"data":1}]}""", "has no 'name'")]
    [TestCase("""{"inputs":[{"name":"x"}]}""", "has no 'data'")]
    [TestCase("""{"inputs":[{"name":1,"data":1}]}""", "'name' must be a string")]
    [TestCase("""{"inputs":[{"name":"x","data":1,"shape":1}]}""", "'shape' must be a list")]
    [TestCase("""{"inputs":[{"name":"x","data":1,"shape":[1.5]}]}""", "'shape' holds '1.5'")]
    [TestCase("""{"inputs":[],"outputs":1}""", "'outputs' must be a list")]
    [TestCase("""{"inputs":[],"outputs":[1]}""", "an output must be an object")]
    [TestCase("""{"inputs":[],"outputs":[{"name":"y","parameters":{"classification":-1}}]}""", "'classification' is '-1'")]
    [TestCase("""{"inputs":[],"outputs":[{"name":"y","parameters":1}]}""", "'parameters' must be an object")]
    [TestCase("""{"inputs":[],"parameters":[1]}""", "'parameters' must be an object")]
    [TestCase("""{"inputs":[],"parameters":{"a":null}}""", "parameter 'a' must be")]
    [TestCase("""{"inputs":[],"id":1}""", "'id' must be a string")]
    public void Parse_OtherForm_SaysWhatIsExpected(string json, string expected)
    {
        var error = Assert.Throws<UsageException>(() => Parse(json));

        Assert.That(error!.Message, Does.StartWith("request 'r.json'").And.Contain(expected));
    }

    [TestCase("""{"inputs":[{"name":"x","datatype":"fp32","data":1}]}""", "Did you mean 'FP32'?")]
    [TestCase("""{"inputs":[{"name":"x","shape":[-1],"data":1}]}""", "negative")]
    public void Parse_UnknownDatatypeOrShape_IsTheRequestsFault(string json, string expected)
    {
        var error = Assert.Throws<InferenceException>(() => Parse(json));

        Assert.That(error!.Message, Does.Contain(expected));
    }

    private static RequestDraft Parse(string json) => RequestFile.Parse("r.json", Encoding.UTF8.GetBytes(json));
}
