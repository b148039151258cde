using Inference.Adapters.Cli.Bench.Http2;
using Inference.Adapters.Cli.Remote;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>The connections of a load. One that breaks is opened again while the load goes on.</summary>
internal sealed class LanePool : IDisposable
{
    private const string Service = "/inference.GRPCInferenceService/";
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(200);
    private readonly Endpoint _server;
    private readonly byte[] _headers;
    private readonly bool _isStream;
    private readonly ILane?[] _lanes;

    // A server that closes a connection in good order still answers what it has; so these are kept until the end.
    private readonly List<ILane> _retired = [];
    private long _strays;
    private Task _restoring = Task.CompletedTask;
    private bool _isDisposed;

    private LanePool(Endpoint server, int connections, bool isStream, TimeSpan? deadline)
    {
        (_server, _isStream, _lanes) = (server, isStream, new ILane?[connections]);

        // A stream lives longer than its requests.
        _headers = HeaderBlock.Of(server.Address, Service + (isStream ? "ModelStreamInfer" : "ModelInfer"), isStream ? null : deadline);
    }

    /// <summary>How many there are, open or not.</summary>
    public int Count => _lanes.Length;

    /// <summary>Calls that the server takes on one connection at the same time; any number where streams carry them.</summary>
    public int MostCalls { get; private set; } = int.MaxValue;

    /// <summary>Answers that belonged to no request under way.</summary>
    public long Strays => Volatile.Read(ref _strays);

    /// <summary>A connection, which may be closed; numbers beyond the last begin anew.</summary>
    public ILane? this[int number] => Volatile.Read(ref _lanes[number % _lanes.Length]);

    /// <summary>Opens all connections.</summary>
    /// <exception cref="InferenceException">NotReady, where nothing answers there.</exception>
    public static async Task<LanePool> OpenAsync(Endpoint server, int connections, bool isStream, TimeSpan? deadline, CancellationToken cancellation)
    {
        var pool = new LanePool(server, connections, isStream, deadline);
        try
        {
            for (var i = 0; i < connections; i++)
                await pool.OpenAsync(i, cancellation).ConfigureAwait(false);
            return pool;
        }
        catch (Http2Exception e)
        {
            pool.Dispose();
            throw new InferenceException(ErrorCode.NotReady, $"no connection to {server.Address}: {ErrorText.Bound(e.Message)}. Start a server with 'inference serve', or name another with --server URL.");
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>Opens again what has broken, in the background.</summary>
    public void Restore()
    {
        if (_restoring.IsCompleted && _lanes.Any(lane => lane is not { IsOpen: true }))
            _restoring = RestoreAsync();
    }

    /// <summary>Closes and opens all, so that nothing of the load before comes any more.</summary>
    public async Task ReopenAsync(CancellationToken cancellation)
    {
        await _restoring.ConfigureAwait(false);
        CloseAll();
        await RestoreAsync().WaitAsync(cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _isDisposed = true;
        CloseAll();
    }

    private void CloseAll()
    {
        List<ILane> retired;
        lock (_retired)
        {
            retired = [.. _retired];
            _retired.Clear();
        }

        foreach (var lane in _lanes.Concat(retired))
            lane?.Close();
    }

    private async Task RestoreAsync()
    {
        try
        {
            for (var i = 0; i < _lanes.Length && !_isDisposed; i++)
            {
                if (_lanes[i] is { IsOpen: true })
                    continue;
                Retire(_lanes[i]);
                await OpenAsync(i, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Http2Exception)
        {
            // What is sent meanwhile waits, and its latency tells.
            await Task.Delay(RetryTime).ConfigureAwait(false);
        }
    }

    private void Retire(ILane? lane)
    {
        lock (_retired)
        {
            if (lane is not null && !_retired.Contains(lane))
                _retired.Add(lane);
        }
    }

    private async Task OpenAsync(int number, CancellationToken cancellation)
    {
        var connection = await Http2Connection.OpenAsync(_server, cancellation).ConfigureAwait(false);
        if (_isDisposed)
        {
            connection.Dispose();
            return;
        }

        if (!_isStream)
            MostCalls = connection.MaxStreams;
        ILane lane = _isStream ? new StreamLane(connection, _headers, () => Interlocked.Increment(ref _strays)) : new UnaryLane(connection, _headers);
        Volatile.Write(ref _lanes[number], lane);
    }
}
