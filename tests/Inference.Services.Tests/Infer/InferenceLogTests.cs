using Inference.Domain;
using Inference.Services.Infer;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Tests.Infer;

public sealed class InferenceLogTests
{
    [Test]
    public void RequestFailed_ModelFailsAgainAndAgain_IsOneWarningASecond()
    {
        var logger = new Lines();
        var throttle = new LogThrottle(TimeProvider.System);

        for (var i = 0; i < 100; i++)
            logger.RequestFailed(new InferenceException(ErrorCode.ExecutionFailed, "shapes differ"), throttle);
        logger.RequestFailed(new InferenceException(ErrorCode.InvalidArgument, "no input"), throttle);

        Assert.Multiple(() =>
        {
            Assert.That(logger.Written[0], Is.EqualTo((LogLevel.Warning, "Model failed on a request: shapes differ (0 such lines held back before)")));
            Assert.That(logger.Written.Count(l => l.Level == LogLevel.Warning), Is.LessThan(100));
            Assert.That(logger.Written[^1], Is.EqualTo((LogLevel.Debug, "Request ended with InvalidArgument: no input")));
        });
    }

    private sealed class Lines : ILogger
    {
        public List<(LogLevel Level, string Text)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add((logLevel, formatter(state, exception)));
    }
}
