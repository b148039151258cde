using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Keeps what was logged at Error and above.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    public ConcurrentQueue<(EventId Id, string Text)> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(ErrorLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                owner.Errors.Enqueue((eventId, $"{category}: {formatter(state, exception)} {exception}"));
        }
    }
}
