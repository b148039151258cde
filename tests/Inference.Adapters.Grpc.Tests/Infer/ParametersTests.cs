using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using static Inference.Adapters.Grpc.Tests.Infer.Codec;
using static Inference.Adapters.Protocol.ModelInferRequest.Types;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class ParametersTests
{
    [Test]
    public void Decode_EveryKind_KeepsItsType()
    {
        var request = new ModelInferRequest
        {
            Parameters =
            {
                ["b"] = new InferParameter { BoolParam = false },
                ["i"] = new InferParameter { Int64Param = long.MinValue },
                ["u"] = new InferParameter { Uint64Param = ulong.MaxValue },
                ["d"] = new InferParameter { DoubleParam = 0 },
                ["s"] = new InferParameter { StringParam = string.Empty },
            },
        };
        Assert.That(Decode(request).Parameters, Is.EquivalentTo(new Dictionary<string, object>
        {
            ["b"] = false,
            ["i"] = long.MinValue,
            ["u"] = ulong.MaxValue,
            ["d"] = 0.0,
            ["s"] = string.Empty,
        }));
    }

    [Test]
    public void Decode_WithoutValue_NamesTheParameter()
    {
        var request = new ModelInferRequest { Parameters = { ["priority"] = new InferParameter() } };
        Assert.That(Refused(request), Does.Contain("'priority'").And.Contain("has no value"));
    }

    [Test]
    public void Decode_TooMany_AreRefused()
    {
        var request = new ModelInferRequest();
        for (var i = 0; i <= Parameters.Most; i++)
            request.Parameters[$"p{i}"] = new InferParameter { BoolParam = true };
        Assert.That(Refused(request), Does.Contain($"at most {Parameters.Most}"));
    }

    [TestCase(1, 1)]
    [TestCase(5, 5)]
    [TestCase(long.MaxValue, int.MaxValue)]
    public void DecodeOutputs_Classification_AsksForClasses(long k, int classes)
    {
        var outputs = Decode(Asking(Output("Y", "classification", new InferParameter { Int64Param = k }), new InferRequestedOutputTensor { Name = "Z" })).Outputs;
        Assert.That(outputs.Select(o => (o.Name, o.Classes)), Is.EqualTo(new[] { ("Y", classes), ("Z", 0) }));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void DecodeOutputs_ClassificationBelowOne_NamesTheValue(long k) =>
        Assert.That(
            Refused(Asking(Output("Y", "classification", new InferParameter { Int64Param = k }))),
            Does.Contain("output 'Y'").And.Contain($"is {k};").And.Contain("at least 1"));

    [Test]
    public void DecodeOutputs_ClassificationOfAnotherType_IsRefused()
    {
        InferParameter[] wrong = [new() { StringParam = "3" }, new() { Uint64Param = 3 }, new() { DoubleParam = 3 }, new() { BoolParam = true }];
        foreach (var parameter in wrong)
            Assert.That(Refused(Asking(Output("Y", "classification", parameter))), Does.Contain("int64_param"));
    }

    [Test]
    public void DecodeOutputs_ParameterWithoutValue_IsRefused() =>
        Assert.That(Refused(Asking(Output("Y", "classification", new InferParameter()))), Does.Contain("has no value"));

    [Test]
    public void DecodeOutputs_WithoutName_NamesItsPlace() =>
        Assert.That(Refused(Asking(new InferRequestedOutputTensor { Name = "Y" }, new InferRequestedOutputTensor())), Does.Contain("output 1 has no name"));

    [Test]
    public void DecodeOutputs_TooMany_AreRefused() =>
        Assert.That(
            Refused(Asking([.. Enumerable.Repeat(new InferRequestedOutputTensor { Name = "Y" }, RequestBounds.MostOutputs + 1)])),
            Does.Contain($"at most {RequestBounds.MostOutputs}"));

    private static InferRequestedOutputTensor Output(string name, string parameter, InferParameter value) => new() { Name = name, Parameters = { [parameter] = value } };

    private static ModelInferRequest Asking(params InferRequestedOutputTensor[] outputs) => new() { Outputs = { outputs } };
}
