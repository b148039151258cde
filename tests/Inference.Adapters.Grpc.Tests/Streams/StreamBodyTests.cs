using System.Buffers;
using System.IO.Pipelines;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Streams;
using Inference.Adapters.Grpc.Tests.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class StreamBodyTests
{
    private readonly RequestBudget _budget = new(new GrpcAdapterOptions(50, 100, "s", "1"), new RejectionMetrics());
    private readonly FakeBody _inner = new();

    [Test]
    public async Task ReadAsync_BytesArrive_AreHeldUntilRequestsGiveThemBack()
    {
        var body = Body();
        var result = await body.ReadAsync();
        var whileRead = _budget.Taken;
        body.AdvanceTo(result.Buffer.GetPosition(40));
        body.HandOver(25);
        var handedOver = _budget.Taken;
        body.Dispose();
        var disposed = _budget.Taken;
        _budget.Give(25);

        Assert.That((whileRead, handedOver, disposed, _budget.Taken), Is.EqualTo((60L, 45L, 25L, 0L)));
    }

    [Test]
    public async Task ReadAsync_NoneLeft_IsDoneWhenSomeAreGivenBack()
    {
        var body = Body();
        _budget.Take(50, held: 0);
        var read = body.ReadAsync().AsTask();
        var before = read.IsCompleted;
        _budget.Give(50);
        var result = await read.WaitAsync(StreamClient.Limit);
        body.AdvanceTo(result.Buffer.End);
        body.Dispose();

        Assert.That((before, _budget.Taken), Is.EqualTo((false, 0L)));
    }

    [Test]
    public async Task AdvanceTo_ClientHasGone_LeavesItToTheNextRead()
    {
        var body = Body();
        var result = await body.ReadAsync();
        _inner.Error = new IOException("gone");

        Assert.That(() => body.AdvanceTo(result.Buffer.Start, result.Buffer.End), Throws.Nothing);
        Assert.That(async () => await body.ReadAsync(), Throws.TypeOf<IOException>());
        body.Dispose();
        Assert.That(_budget.Taken, Is.Zero);
    }

    private StreamBody Body()
    {
        _inner.Error = null;
        var http = new DefaultHttpContext();
        http.Features.Set<IRequestBodyPipeFeature>(_inner);
        return StreamBody.Replace(http, _budget);
    }

    /// <summary>Has 60 bytes, however many were read; breaks when it is told to.</summary>
    private sealed class FakeBody : PipeReader, IRequestBodyPipeFeature
    {
        public Exception? Error { get; set; }

        public PipeReader Reader => this;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Error is null ? ValueTask.FromResult(new ReadResult(new ReadOnlySequence<byte>(new byte[60]), false, false)) : ValueTask.FromException<ReadResult>(Error);

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException("not used");

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            if (Error is not null)
                throw Error;
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
