using Grpc.Core;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Streams;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class AnswerWriterTests
{
    private readonly List<StreamAnswer> _written = [];
    private readonly List<Exception> _broken = [];

    [SetUp]
    public void Clear()
    {
        _written.Clear();
        _broken.Clear();
    }

    [Test]
    public void Write_Held_IsFlushedOnceWhenReleased()
    {
        var stream = new FakeStream();
        var writer = Writer(stream);
        for (var i = 0; i < 10; i++)
            writer.Write(Answer($"{i}"), hold: true);
        var before = stream.Ids.Count;
        writer.Release();

        Assert.That(before, Is.Zero);
        Assert.That(stream.Ids, Is.EqualTo(Enumerable.Range(0, 10).Select(i => $"{i}")));
        Assert.That(stream.Flushes, Is.EqualTo(1));
        Assert.That(_written, Has.Count.EqualTo(10));
    }

    [Test]
    public void Write_TransportDoesNotTakeMore_WritesNothingUntilItDoes()
    {
        var stream = new FakeStream { Block = new TaskCompletionSource() };
        var writer = Writer(stream);
        writer.Write(Answer("a"), hold: true);
        writer.Release();
        writer.Write(Answer("b"), hold: true);
        writer.Write(Answer("c"), hold: true);
        writer.Release();
        var (idsBefore, writtenBefore) = (stream.Ids.ToList(), _written.Count);
        var block = stream.Block;
        stream.Block = null;
        block.SetResult();

        Assert.That((idsBefore, writtenBefore), Is.EqualTo((new List<string> { "a" }, 0)));
        Assert.That((stream.Ids, stream.Flushes, _written.Count), Is.EqualTo((new List<string> { "a", "b", "c" }, 2, 3)));
    }

    [Test]
    public void Write_ManyAndLarge_AreFlushedInParts()
    {
        var stream = new FakeStream();
        var writer = Writer(stream);
        for (var i = 0; i < 9; i++)
            writer.Write(Answer($"{i}", bytes: 40_000), hold: true);
        writer.Release();

        Assert.That((stream.Ids.Count, stream.Flushes, _written.Count), Is.EqualTo((9, 5, 9)));
    }

    [Test]
    public void Write_StreamBreaks_GivesEverythingUpAndTellsOnce()
    {
        var stream = new FakeStream { Error = new IOException("broke") };
        var writer = Writer(stream);
        for (var i = 0; i < 3; i++)
            writer.Write(Answer($"{i}"), hold: true);
        writer.Release();
        writer.Write(Answer("late"), hold: true);
        writer.Release();

        Assert.That((stream.Ids.Count, _written.Count), Is.EqualTo((1, 4)));
        Assert.That(_broken, Is.EqualTo(new[] { stream.Error }));
    }

    [Test]
    public void Write_ClientIsGone_GivesEverythingUp()
    {
        var stream = new FakeStream();
        var writer = new AnswerWriter(stream, _ => { }, _written.Add, _broken.Add, new CancellationToken(canceled: true));
        writer.Write(Answer("a"), hold: true);
        writer.Release();

        Assert.That((stream.Ids.Count, _written.Count, _broken.Count), Is.EqualTo((0, 1, 0)));
    }

    private static StreamAnswer Answer(string id, long bytes = 1) =>
        new(new StreamRequest(new InferCall("m", id, InferenceException.InvalidArgument("x")), 0), InferAnswer.Failed(id, "x"), bytes, IsFinal: true);

    private AnswerWriter Writer(FakeStream stream) => new(stream, _ => { }, _written.Add, _broken.Add, CancellationToken.None);

    private sealed class FakeStream : IServerStreamWriter<InferAnswer>
    {
        public List<string> Ids { get; } = [];

        public int Flushes { get; private set; }

        public TaskCompletionSource? Block { get; set; }

        public Exception? Error { get; init; }

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(InferAnswer message)
        {
            Ids.Add(message.Id);
            if (Error is not null)
                return Task.FromException(Error);
            if (WriteOptions!.Flags.HasFlag(WriteFlags.BufferHint))
                return Task.CompletedTask;
            Flushes++;
            return Block?.Task ?? Task.CompletedTask;
        }
    }
}
