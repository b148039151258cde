using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Inference.Functional.Tests.Hosting;

/// <summary>Keeps what a server logs, so that a test fails on an error that it did not declare.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IEnumerable<LogEntry> Errors => _entries.Where(e => e.Level >= LogLevel.Error);

    public IEnumerable<LogEntry> All => _entries;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    internal sealed record LogEntry(LogLevel Level, EventId Id, string Category, string Text);

    private sealed class Logger(ErrorLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._entries.Enqueue(new LogEntry(logLevel, eventId, category, $"{formatter(state, exception)} {exception}".TrimEnd()));
    }
}
