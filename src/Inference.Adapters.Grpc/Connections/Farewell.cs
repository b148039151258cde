using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Has the client of one connection go without the loss of a call. GOAWAY names the last call that is answered, and while none
/// is under way the web server names the last that it knows: those on their way are thrown away. Client libraries send them
/// again, proxies such as nginx do not. So the client is told while one of its own calls is under way, since the web server
/// then takes all that come until the client has read it; only one that sends nothing for a while is told in between.
/// Thread-safe.
/// </summary>
internal sealed class Farewell : IDisposable
{
    /// <summary>For how long nothing must come before the client is told while no call is under way.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    // Writing takes no time; nothing must hang where it does.
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(1);
    private readonly ConnectionContext _connection;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAsked;
    private int _isSaid;

    public Farewell(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _timer = time.CreateTimer(static state => ((Farewell)state!).Say(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Frames = new FrameWatch(Wrote, prefaceLength: 0);
    }

    /// <summary>Takes what the server sends.</summary>
    public FrameWatch Frames { get; }

    /// <summary>Has the client told at the next occasion.</summary>
    public void Ask()
    {
        _isAsked = true;
        _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A call has begun: the occasion. The call goes on when the client has been told, so that it is read before the answer.</summary>
    public ValueTask CallBeganAsync() => _isAsked ? new ValueTask(TellAsync()) : default;

    public void Dispose()
    {
        _timer.Dispose();
        _written.TrySetResult();
    }

    private async Task TellAsync()
    {
        Say();
        await _written.Task.WaitAsync(WriteLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Say()
    {
        if (Interlocked.Exchange(ref _isSaid, 1) == 0)
            _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private void Wrote(byte type, int length)
    {
        if (type == FrameWatch.GoAway)
            _written.TrySetResult();
    }
}
