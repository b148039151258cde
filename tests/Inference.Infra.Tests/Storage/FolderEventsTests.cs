using System.Collections.Concurrent;
using Inference.Infra.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Storage;

/// <summary>Events of a real file system; the clock for trying again is moved by the tests.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FolderEventsTests : IDisposable
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMinutes(1);
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly Recorder _recorder = new();

    public void Dispose()
    {
        _recorder.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Changed_FileWrittenFarBelow_IsTold(CancellationToken timeout)
    {
        using var events = Watch("deep");
        await _recorder.ToldAsync(timeout);
        _folder.File("deep/a/1/weights/part.bin", "x");
        await _recorder.ToldAsync(timeout);

        Assert.That(_recorder.Warnings, Is.Empty);
    }

    [Test]
    public async Task Changed_FolderMadeAnew_IsWatchedAgain(CancellationToken timeout)
    {
        using var events = Watch("anew");
        await _recorder.ToldAsync(timeout);

        // As an unmounted and mounted volume: another folder of the same name, while the first one lives on elsewhere.
        Directory.Move(_folder.At("anew"), _folder.At("away"));
        _folder.Folder("anew");
        await _recorder.QuietAsync();
        _clock.Advance(RetryTime);
        await _recorder.ToldAsync(timeout);
        await _recorder.QuietAsync();
        _folder.File("anew/a/1/model.onnx", "x");
        await _recorder.ToldAsync(timeout);
    }

    [Test]
    public async Task Watch_NoSuchFolder_IsSaidOnceAndTriedAgain(CancellationToken timeout)
    {
        using var events = new FolderEvents(_folder.At("missing"), _recorder.Changed, _recorder, _clock);
        await _recorder.ToldAsync(timeout);
        _clock.Advance(RetryTime);
        await _recorder.ToldAsync(timeout);
        var warnings = _recorder.Warnings.Count;

        _folder.Folder("missing");
        _clock.Advance(RetryTime);
        await _recorder.ToldAsync(timeout);
        await _recorder.QuietAsync();
        _folder.File("missing/a/1/model.onnx", "x");
        await _recorder.ToldAsync(timeout);

        Assert.That(warnings, Is.EqualTo(1));
        Assert.That(_recorder.Warnings.Single(), Does.Contain("missing").And.Contain("in its period only"));
    }

    private FolderEvents Watch(string name)
    {
        _folder.Folder(name);
        return new FolderEvents(_folder.At(name), _recorder.Changed, _recorder, _clock);
    }

    private sealed class Recorder : ILogger, IDisposable
    {
        private readonly SemaphoreSlim _told = new(0);

        public ConcurrentQueue<string> Warnings { get; } = [];

        public void Changed() => _told.Release();

        public Task ToldAsync(CancellationToken timeout) => _told.WaitAsync(timeout);

        /// <summary>Forgets what was told until now, so that only what comes later counts.</summary>
        public async Task QuietAsync()
        {
            while (await _told.WaitAsync(TimeSpan.Zero))
            {
                // One less.
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings.Enqueue(formatter(state, exception));

        public void Dispose() => _told.Dispose();
    }
}
