using Inference.Domain;
using Inference.Infra.OnnxRuntime.Sessions;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

[TestFixture]
internal sealed class RuntimeErrorsTests
{
    [TestCase("[ErrorCode:Fail] something went wrong", "something went wrong")]
    [TestCase("[ErrorCode:Fail] Load model from /srv/models/a/1/model.onnx failed:Type Error: T", "Type Error: T")]
    [TestCase("[ErrorCode:Fail] /src/core/graph/model.cc:256 ns::Model::Model(ns::Proto&&, const std::map<A, int>*, const Options&) Unsupported model", "Unsupported model")]
    [TestCase("[ErrorCode:Fail] /src/graph.cc:1377 ns::Graph::Graph(const ns::Model&, bool) status.IsOK() was false. [ONNXRuntimeError] : 1 : FAIL : Escapes", "Escapes")]
    [TestCase("[ErrorCode:InvalidArgument] first\n second\n\n third ", "first second third")]
    public void Clean_RuntimesText_OnlyWhatHelpsIsLeft(string text, string expected) =>
        Assert.That(RuntimeErrors.Clean(new InvalidOperationException(text)), Is.EqualTo(expected));

    [Test]
    public void OfRun_VeryLongText_IsBounded()
    {
        var error = RuntimeErrors.OfRun("model 'x' version 1", new InvalidOperationException(new string('a', 100_000)));
        Assert.That(error.Code, Is.EqualTo(ErrorCode.ExecutionFailed));
        Assert.That(error.Message, Has.Length.LessThanOrEqualTo(ErrorText.MaxMessageLength + 1));
    }
}
