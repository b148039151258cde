using System.IO.Pipelines;
using Inference.Adapters.Grpc.Errors;

namespace Inference.Adapters.Grpc.Tests.Errors;

[TestFixture]
internal sealed class GoneClientTests
{
    [Test]
    public async Task ClosedTheWay_WriterOfAPipeThatWasCompleted_True()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        var error = Assert.Throws<InvalidOperationException>(() => pipe.Writer.GetMemory(1));
        Assert.That(GoneClient.ClosedTheWay(error), Is.True);
    }

    // As the gRPC library says it once the deadline's timer has completed the call.
    [TestCase("Can't write the message because the request is complete.")]
    [TestCase("Can't read messages after the request is complete.")]
    public void ClosedTheWay_CallCompletedByItsDeadline_Yes(string text) =>
        Assert.That(GoneClient.ClosedTheWay(new InvalidOperationException(text)), Is.True);

    [Test]
    public void ClosedTheWay_OtherMisuse_False() =>
        Assert.That(GoneClient.ClosedTheWay(new InvalidOperationException("Sequence contains no elements")), Is.False);
}
