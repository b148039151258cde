using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Storage;

/// <summary>
/// The file system's events of one folder and everything below. Where the system gives none, or no more of them, that is said once
/// in the log, and the folder is only looked at in its period; now and then it is tried again. Thread-safe.
/// </summary>
internal sealed partial class FolderEvents : IDisposable
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly Action _changed;
    private readonly ILogger _logger;
    private readonly ITimer _retry;
    private FileSystemWatcher? _watcher;
    private string _identity = string.Empty;
    private bool _isTold;
    private bool _isDisposed;

    public FolderEvents(string folder, Action changed, ILogger logger, TimeProvider? time = null)
    {
        _folder = folder;
        _changed = changed;
        _logger = logger;
        _retry = (time ?? TimeProvider.System).CreateTimer(_ => Ensure(), null, TimeSpan.Zero, RetryTime);
    }

    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _retry.Dispose();
        Drop();
    }

    private void Ensure()
    {
        lock (_lock)
        {
            if (_isDisposed || IsWatched())
                return;
            Drop();
            try
            {
                _identity = FileStatus.Of(_folder).Identity;
                _watcher = new FileSystemWatcher(_folder)
                {
                    IncludeSubdirectories = true,
                    NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
                };
                _watcher.Changed += (_, _) => _changed();
                _watcher.Created += (_, _) => _changed();
                _watcher.Deleted += (_, _) => _changed();
                _watcher.Renamed += (_, _) => _changed();
                _watcher.Error += (_, e) => Failed(e.GetException());
                _watcher.EnableRaisingEvents = true;
                _isTold = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
            {
                Drop();
                Tell(e);
            }
        }

        // What happened before is not told.
        _changed();
    }

    // A folder that was deleted and made again, or mounted anew, has no events for who watches the earlier one, and tells nobody.
    private bool IsWatched()
    {
        try
        {
            return _watcher is not null && FileStatus.Of(_folder).Identity == _identity;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return false;
        }
    }

    // Too many events at once only means that some were lost; anything else ends them.
    private void Failed(Exception error)
    {
        _changed();
        if (error is InternalBufferOverflowException)
            return;
        Drop();
        Tell(error);
    }

    private void Tell(Exception error)
    {
        if (!_isTold)
            EventsUnavailable(_logger, _folder, error.Message);
        _isTold = true;
    }

    private void Drop()
    {
        FileSystemWatcher? watcher;
        lock (_lock)
            (watcher, _watcher) = (_watcher, null);
        watcher?.Dispose();
    }

    [LoggerMessage(EventIds.Infra + 20, LogLevel.Warning, "File events of {Folder} cannot be had, so that changes are found in its period only: {Reason}")]
    private static partial void EventsUnavailable(ILogger logger, string folder, string reason);
}
