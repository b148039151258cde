using System.IO.Pipelines;
using Inference.Adapters.Grpc.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

/// <summary>Reads at a pace. What is shown of them, tests of frames see.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WatchedReaderTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _pipe = new();
    private readonly ReadMoments _moments;
    private readonly ReadPace _pace;
    private readonly WatchedReader _reader;

    public WatchedReaderTests()
    {
        _moments = new ReadMoments(_time);
        _pace = new ReadPace(_moments, _time);
        _reader = new WatchedReader(_pipe.Reader, null, _pace);
    }

    public void Dispose() => _moments.Dispose();

    [Test]
    public async Task ReadAsync_NothingWasRefused_ReadsWhatIsThere()
    {
        await _pipe.Writer.WriteAsync(new byte[3]);
        var read = _reader.ReadAsync();
        Assert.That(read.IsCompleted, Is.True);
        Assert.That((await read).Buffer.Length, Is.EqualTo(3));
    }

    [Test]
    public async Task ReadAsync_ARequestWasRefused_ReadsAtTheNextMomentWhatCameUntilThen()
    {
        await _pipe.Writer.WriteAsync(new byte[3]);
        var read = ReadAfterRefusal();
        await _pipe.Writer.WriteAsync(new byte[4]);
        Assert.That(read.IsCompleted, Is.False);

        _time.Advance(ReadMoments.LaterAhead);
        Assert.That((await read.WaitAsync(Limit)).Buffer.Length, Is.EqualTo(7));
        Assert.That(_pace.Held, Is.EqualTo(ReadMoments.LaterAhead));
    }

    [Test]
    public async Task CancelPendingRead_WhileItWaits_IsCancelledAtTheNextMoment()
    {
        var read = ReadAfterRefusal();
        _reader.CancelPendingRead();
        _time.Advance(ReadMoments.LaterAhead);
        Assert.That((await read.WaitAsync(Limit)).IsCanceled, Is.True);
    }

    [Test]
    public async Task ReadAsync_TheClientGoesWhileItWaits_SeesThatAtTheNextMoment()
    {
        var read = ReadAfterRefusal();
        await _pipe.Writer.CompleteAsync();
        _time.Advance(ReadMoments.LaterAhead);
        Assert.That((await read.WaitAsync(Limit)).IsCompleted, Is.True);
    }

    [Test]
    public async Task ReadAsync_TheServerStops_DoesNotWait()
    {
        await _pipe.Writer.WriteAsync(new byte[3]);
        _moments.Dispose();
        Assert.That((await ReadAfterRefusal().WaitAsync(Limit)).Buffer.Length, Is.EqualTo(3));
    }

    private Task<ReadResult> ReadAfterRefusal()
    {
        _pace.Called("a", TimeSpan.MaxValue);
        _pace.Refused();
        return _reader.ReadAsync().AsTask();
    }
}
