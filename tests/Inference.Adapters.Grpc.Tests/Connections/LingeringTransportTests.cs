using System.IO.Pipelines;
using Inference.Adapters.Grpc.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LingeringTransportTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();

    [Test]
    public async Task End_ClientStillSends_WaitsUntilItCloses()
    {
        var transport = Served();
        var end = transport.EndAsync(_time, CancellationToken.None);
        await _input.Writer.WriteAsync(new byte[100_000]);
        Assert.That(end.IsCompleted, Is.False);
        await _input.Writer.CompleteAsync();
        await end.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task End_ClientStays_EndsAtTheLimit()
    {
        var end = Served().EndAsync(_time, CancellationToken.None);
        _time.Advance(LingeringTransport.Limit - TimeSpan.FromTicks(1));
        Assert.That(end.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromTicks(1));
        await end.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task End_ConnectionIsClosedMeanwhile_EndsAtOnce()
    {
        using var closed = new CancellationTokenSource();
        var end = Served().EndAsync(_time, closed.Token);
        await closed.CancelAsync();
        await end.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task End_ReadingEndedWithAnError_WaitsForNobodyAndPassesItOn()
    {
        var transport = new LingeringTransport(new Duplex(_input.Reader, _output.Writer));
        await transport.Input.CompleteAsync(new InvalidDataException("what it sent"));
        await transport.EndAsync(_time, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(async () => await _input.Writer.WriteAsync(new byte[1]), Throws.TypeOf<InvalidDataException>());
    }

    // As the HTTP layer leaves it: its reader ended in order.
    private LingeringTransport Served()
    {
        var transport = new LingeringTransport(new Duplex(_input.Reader, _output.Writer));
        transport.Input.Complete();
        return transport;
    }
}
