using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Services.Tests.Infer;

public sealed class RequestParametersTests
{
    [Test]
    public void Read_Known_AreTaken()
    {
        var read = Read(("priority", 2L), ("timeout", 1500UL), ("triton_enable_empty_final_response", true), ("sequence_id", "a"), ("sequence_start", true), ("sequence_end", false), ("timings", true));

        Assert.That(read, Is.EqualTo(new RequestParameters(2, TimeSpan.FromMicroseconds(1500), EmptyFinalResponse: true, Timings: true)));
    }

    [Test]
    public void Read_TheClientsOwn_PassUnread() =>
        Assert.That(Read(("tenant", "a"), ("Priority", "not ours"), ("", 1.5)), Is.EqualTo(default(RequestParameters)));

    [Test]
    public void Read_TimeoutOfZero_IsNone() => Assert.That(Read(("timeout", 0L)).QueueTimeout, Is.Null);

    [TestCase("priority", -1L, "-1")]
    [TestCase("priority", "1", "'1' (String)")]
    [TestCase("priority", 1.0, "whole number")]
    [TestCase("timeout", -5L, "-5")]
    [TestCase("timeout", true, "whole number")]
    [TestCase("sequence_id", true, "whole number or a string")]
    [TestCase("sequence_start", 1L, "true or false")]
    [TestCase("sequence_end", "true", "true or false")]
    [TestCase("triton_enable_empty_final_response", 1L, "true or false")]
    [TestCase("timings", "yes", "true or false")]
    [TestCase("triton_other", 1L, "reserved")]
    [TestCase("shared_memory_region", "r", "stands at a tensor")]
    public void Read_WrongValue_NamesParameterAndExpectation(string name, object value, string expected)
    {
        var error = Assert.Throws<InferenceException>(() => Read((name, value)));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Code, Is.EqualTo(ErrorCode.InvalidArgument));
            Assert.That(error.Message, Does.Contain($"'{name}'").And.Contain(expected));
        });
    }

    private static RequestParameters Read(params (string Name, object Value)[] parameters) =>
        RequestParameters.Read(parameters.ToDictionary(p => p.Name, p => p.Value));
}
