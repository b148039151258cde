using System.IO.Pipelines;
using Inference.Adapters.Grpc.Connections;
using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectionGuardTests : IServerMetrics
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private int _open;
    private string? _ended;

    [Test]
    public async Task Run_ServerIsDoneBeforeTheClient_StaysOpenUntilTheClientCloses()
    {
        var run = Guard().RunAsync(Connection(), connection => connection.Transport.Input.CompleteAsync().AsTask());
        await _input.Writer.WriteAsync(new byte[10]);
        Assert.That((run.IsCompleted, _open), Is.EqualTo((false, 1)));

        await _input.Writer.CompleteAsync();
        await run.WaitAsync(Limit);
        Assert.That(_open, Is.Zero);
    }

    [Test]
    public async Task Run_ServerIsDoneAndTheClientStays_EndsAtTheLimit()
    {
        var run = Guard().RunAsync(Connection(), connection => connection.Transport.Input.CompleteAsync().AsTask());
        Assert.That((run.IsCompleted, _open), Is.EqualTo((false, 1)));

        _time.Advance(LingeringTransport.Limit);
        await run.WaitAsync(Limit);
        Assert.That(_open, Is.Zero);
    }

    [Test]
    public async Task Run_ARequestIsRefused_TheConnectionIsReadAtTheNextMoment()
    {
        await _input.Writer.WriteAsync(new byte[10]);
        var run = Guard().RunAsync(Connection(), async connection =>
        {
            connection.Features.Get<ReadPace>()!.Refused();
            var read = connection.Transport.Input.ReadAsync();
            Assert.That(read.IsCompleted, Is.False);
            _time.Advance(ReadMoments.LaterAhead);
            await read;
            await connection.Transport.Input.CompleteAsync();
        });
        await _input.Writer.CompleteAsync();
        await run.WaitAsync(Limit);
    }

    [Test]
    public void Run_ServingBreaks_EndsAtOnceAndIsCounted()
    {
        var connection = Connection();
        var transport = connection.Transport;

        Assert.That(() => Guard().RunAsync(connection, _ => throw new InvalidDataException("what broke")), Throws.TypeOf<InvalidDataException>());

        Assert.That((_open, connection.Transport), Is.EqualTo((0, transport)));
    }

    [Test]
    public async Task Run_ServingNeverEnds_IsLeftBehindAWhileAfterTheClientHasGone()
    {
        using var closed = new CancellationTokenSource();
        var connection = Connection();
        connection.ConnectionClosed = closed.Token;
        var never = new TaskCompletionSource();
        var run = Guard().RunAsync(connection, _ => never.Task);
        _time.Advance(ConnectionGuard.Patience + ConnectionGuard.Patience);
        Assert.That(run.IsCompleted, Is.False, "the client is there");

        await closed.CancelAsync();
        await AdvanceUntilAsync(run);

        Assert.That((_open, _ended), Is.EqualTo((0, ConnectionEnds.Unended)));
    }

    [Test]
    public async Task Run_ServingEndsAfterTheClient_IsWaitedFor()
    {
        using var closed = new CancellationTokenSource();
        var connection = Connection();
        connection.ConnectionClosed = closed.Token;
        var last = new TaskCompletionSource();
        var run = Guard().RunAsync(connection, _ => last.Task);
        await closed.CancelAsync();
        Assert.That((run.IsCompleted, _open), Is.EqualTo((false, 1)));

        last.SetResult();
        await run.WaitAsync(Limit);

        Assert.That((_open, _ended), Is.EqualTo((0, (string?)null)));
    }

    [TestCase(0)]
    [TestCase(100)]
    public async Task Run_ServingEndsInTheMiddleOfARead_WaitsForTheClient(int pings)
    {
        var run = Guard(pings).RunAsync(Connection(), async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            await connection.Transport.Input.CompleteAsync();
        });
        await _input.Writer.WriteAsync(new byte[10]);
        Assert.That((run.IsCompleted, _open), Is.EqualTo((false, 1)));

        await _input.Writer.CompleteAsync();
        await run.WaitAsync(Limit);
        Assert.That(_open, Is.Zero);
    }

    void IServerMetrics.ConnectionOpened() => _open++;

    void IServerMetrics.ConnectionClosed() => _open--;

    void IServerMetrics.ConnectionEnded(string reason) => _ended = reason;

    void IServerMetrics.ProcessorsMeasured(double wait, bool isCrowded) => throw new NotSupportedException();

    void IServerMetrics.SaturationMeasured(double ratio, double threadWait) => throw new NotSupportedException();

    void IServerMetrics.HandshakeFailed() => throw new NotSupportedException();

    void IServerMetrics.CertificateServed(DateTimeOffset expires) => throw new NotSupportedException();

    void IServerMetrics.CertificateReloaded(bool isGood) => throw new NotSupportedException();

    void IServerMetrics.CertificateReloadFailing(bool isFailing) => throw new NotSupportedException();

    // The clock goes on until somebody waits by it.
    private async Task AdvanceUntilAsync(Task run)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!run.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            _time.Advance(ConnectionGuard.Patience);
            await Task.Yield();
        }

        await run;
    }

    private ConnectionGuard Guard(int pings = 0) => new(new ConnectionLimits(TimeSpan.Zero, TimeSpan.Zero, pings), new ClientDeparture(new ClosableListeners(null!, NullLogger<ClosableListeners>.Instance), _time), new ReadMoments(_time), this, _time, NullLogger<ConnectionGuard>.Instance);

    private DefaultConnectionContext Connection() => new("one") { Transport = new Duplex(_input.Reader, _output.Writer) };
}
