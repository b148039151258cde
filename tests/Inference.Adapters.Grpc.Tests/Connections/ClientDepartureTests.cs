using System.Net;
using System.Net.Sockets;
using Inference.Adapters.Grpc.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ClientDepartureTests : IConnectionLifetimeNotificationFeature
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly ClosableListeners _listeners = new(new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLogger<ClosableListeners>.Instance);
    private int _requested;

    public CancellationToken ConnectionClosedRequested { get; set; }

    public void RequestClose() => _requested++;

    [Test]
    public async Task SendAway_NoConnections_EndsAtOnce() => await Departure().SendAwayAsync(CancellationToken.None).WaitAsync(Limit);

    [Test]
    public async Task SendAway_Connections_AreAskedAndWaitedFor()
    {
        var departure = Departure();
        using var before = Connection();
        using var after = Connection();
        departure.Add(before);
        var away = departure.SendAwayAsync(CancellationToken.None);
        departure.Add(after);
        departure.Remove(before);
        _time.Advance(Farewell.Quiet);
        Assert.That((_requested, away.IsCompleted), Is.EqualTo((2, false)));

        departure.Remove(after);
        await away.WaitAsync(Limit);
    }

    [Test]
    public async Task SendAway_ConnectionThatStays_IsNotWaitedForWithoutEnd()
    {
        var departure = Departure();
        using var connection = Connection();
        departure.Add(connection);
        var away = departure.SendAwayAsync(CancellationToken.None);
        Assert.That(away.IsCompleted, Is.False);

        _time.Advance(TimeSpan.FromMinutes(1));
        await away.WaitAsync(Limit);
    }

    [Test]
    public async Task Close_OneOfTwoListeners_RefusesConnectionsThereAlone()
    {
        var one = await _listeners.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var other = await _listeners.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var accept = one.AcceptAsync().AsTask();

        await _listeners.CloseAsync(one.EndPoint);

        Assert.That(await accept.WaitAsync(Limit), Is.Null);
        Assert.That(async () => await ConnectAsync(one), Throws.TypeOf<SocketException>());
        Assert.That(async () => await ConnectAsync(other), Throws.Nothing);
        await one.UnbindAsync();
        await one.DisposeAsync();
        await other.DisposeAsync();
    }

    private static async Task ConnectAsync(IConnectionListener listener)
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.EndPoint);
    }

    private ClientDeparture Departure() => new(_listeners, _time);

    private Farewell Connection()
    {
        var connection = new DefaultConnectionContext("one");
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(this);
        return new Farewell(connection, _time);
    }
}
