using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Inference.Core.Logging;

/// <summary>Has options read again whenever the log's settings change. Thread-safe.</summary>
/// <typeparam name="TOptions">Options that are made of the settings.</typeparam>
public sealed class LogFormatChange<TOptions> : IOptionsChangeTokenSource<TOptions>, IDisposable
{
    private readonly LogSettings _settings;
    private volatile CancellationTokenSource _change = new();

    /// <summary>Listens to the settings until it is disposed of.</summary>
    public LogFormatChange(LogSettings settings)
    {
        _settings = settings;
        settings.Changed += Tell;
    }

    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

    /// <inheritdoc/>
    public void Dispose()
    {
        _settings.Changed -= Tell;
        _change.Dispose();
    }

    private void Tell()
    {
        using var told = Interlocked.Exchange(ref _change, new CancellationTokenSource());
        told.Cancel();
    }
}
