using Inference.Infra.OnnxRuntime.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Tests.Hosting;

[TestFixture]
[NonParallelizable]
internal sealed class NativeLogTests
{
    [TearDown]
    public void Restore() => NativeLog.RouteTo(Runtime.Log);

    [TestCase(OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE, LogLevel.Trace)]
    [TestCase(OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO, LogLevel.Debug)]
    [TestCase(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, LogLevel.Warning)]
    [TestCase(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, LogLevel.Error)]
    [TestCase(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, LogLevel.Critical)]
    public void Level_Severity_IsOurs(OrtLoggingLevel severity, LogLevel expected) => Assert.That(NativeLog.Level(severity), Is.EqualTo(expected));

    [Test]
    public void LeastSevere_Logger_WhatItWants()
    {
        Assert.That(NativeLog.LeastSevere(Runtime.Log), Is.EqualTo(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING));
        Assert.That(NativeLog.LeastSevere(NullLogger.Instance), Is.EqualTo(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL));
    }

    [Test]
    public void Write_Message_ReachesTheLoggerOnOneLine()
    {
        NativeLog.RouteTo(Runtime.Log);
        NativeLog.Write(0, OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "cat", "id", "file.cc:1", "native\nmessage 4711");
        Assert.That(Runtime.Log.Lines, Has.Some.EqualTo((LogLevel.Warning, "onnxruntime: native?message 4711")));
    }

    [Test]
    public void Write_LoggerThrows_NothingReachesNativeCode()
    {
        NativeLog.RouteTo(new ThrowingLogger());
        Assert.That(() => NativeLog.Write(0, OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "", "", "", "text"), Throws.Nothing);
    }

    [Test]
    public void Open_OtherSettings_PoolsStayAndThatIsSaid()
    {
        var first = OnnxRuntimeEnvironment.Open(new OnnxRuntimeSettings(), Runtime.Log);
        var second = OnnxRuntimeEnvironment.Open(new OnnxRuntimeSettings { IntraOpThreads = 37 }, Runtime.Log);
        Assert.That(second, Is.SameAs(first));
        Assert.That(Runtime.Log.Lines, Has.Some.Matches<(LogLevel Level, string Text)>(l => l.Level == LogLevel.Warning && l.Text.Contains("already has ONNX Runtime thread pools", StringComparison.Ordinal)));
    }

    private sealed class ThrowingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("no disk space");
    }
}
