using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Tests.Life;

/// <summary>Keeps what only a fault of the server itself logs: errors with an exception.</summary>
internal sealed class LifeLog<T>(ConcurrentQueue<string> faults) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error && exception is not null)
            faults.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
