using System.IO.Pipelines;
using Inference.Adapters.Grpc.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FarewellTests : IConnectionLifetimeNotificationFeature, IDisposable
{
    private static readonly byte[] GoAway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 127, 255, 255, 255, 0, 0, 0, 0];
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    private readonly FakeTimeProvider _time = new();
    private readonly Farewell _farewell;
    private int _requested;

    public FarewellTests()
    {
        var connection = new DefaultConnectionContext("one");
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(this);
        _farewell = new Farewell(connection, _time);
    }

    public CancellationToken ConnectionClosedRequested { get; set; }

    public void Dispose() => _farewell.Dispose();

    public void RequestClose() => _requested++;

    [Test]
    public void CallBegan_NobodyAsked_GoesOn()
    {
        Assert.That(_farewell.CallBeganAsync().AsTask().IsCompletedSuccessfully, Is.True);
        Assert.That(_requested, Is.Zero);
    }

    [Test]
    public void Ask_NothingComes_IsSaidAfterTheQuietAndOnce()
    {
        _farewell.Ask();
        _time.Advance(Farewell.Quiet - TimeSpan.FromTicks(1));
        Assert.That(_requested, Is.Zero);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_requested, Is.EqualTo(1));
    }

    [Test]
    public async Task CallBegan_Asked_GoesOnWhenItIsWritten()
    {
        _farewell.Ask();
        var calls = new[] { _farewell.CallBeganAsync().AsTask(), _farewell.CallBeganAsync().AsTask() };
        await Written(Settings);
        Assert.That((_requested, calls.Any(c => c.IsCompleted)), Is.EqualTo((1, false)));

        await Written(GoAway);
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(30));
        _time.Advance(Farewell.Quiet);
        Assert.That((_requested, _farewell.CallBeganAsync().AsTask().IsCompletedSuccessfully), Is.EqualTo((1, true)));
    }

    [Test]
    public async Task CallBegan_NothingIsWritten_GoesOnAfterAll()
    {
        _farewell.Ask();
        var call = _farewell.CallBeganAsync().AsTask();
        Assert.That(call.IsCompleted, Is.False);

        _time.Advance(TimeSpan.FromMinutes(1));
        await call.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task Writer_AllWaysOfWriting_AreSeenAndPassedOn()
    {
        var pipe = new Pipe();
        var found = new List<byte>();
        var writer = new SpokenWriter(pipe.Writer, new FrameWatch((type, _) => found.Add(type), prefaceLength: 0));

        await writer.WriteAsync(Settings);
        GoAway.AsSpan(0, 9).CopyTo(writer.GetSpan(9));
        writer.Advance(5);
        writer.Advance(4);
        GoAway.AsMemory(9).CopyTo(writer.GetMemory(8));
        writer.Advance(8);
        await writer.WriteAsync(Settings);

        var read = await pipe.Reader.ReadAsync();
        Assert.That(found, Is.EqualTo(new byte[] { 4, 7, 4 }));
        Assert.That(System.Buffers.BuffersExtensions.ToArray(read.Buffer), Is.EqualTo(Settings.Concat(GoAway).Concat(Settings)));
    }

    private async Task Written(byte[] frame) => await new SpokenWriter(new Pipe().Writer, _farewell.Frames).WriteAsync(frame);
}
