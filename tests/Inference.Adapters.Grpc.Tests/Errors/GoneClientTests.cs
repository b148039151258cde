using System.IO.Pipelines;
using Inference.Adapters.Grpc.Errors;

namespace Inference.Adapters.Grpc.Tests.Errors;

[TestFixture]
internal sealed class GoneClientTests
{
    [Test]
    public async Task ClosedTheWriter_WriterOfAPipeThatWasCompleted_True()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        var error = Assert.Throws<InvalidOperationException>(() => pipe.Writer.GetMemory(1));
        Assert.That(GoneClient.ClosedTheWriter(error), Is.True);
    }

    // As the gRPC library's writer says it once the deadline's timer has completed the call.
    [Test]
    public void ClosedTheWriter_CallCompletedByItsDeadline_Yes() =>
        Assert.That(GoneClient.ClosedTheWriter(new InvalidOperationException("Can't write the message because the request is complete.")), Is.True);

    [Test]
    public void ClosedTheWriter_OtherMisuse_False() =>
        Assert.That(GoneClient.ClosedTheWriter(new InvalidOperationException("Sequence contains no elements")), Is.False);
}
