using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.OnnxRuntime.Tests;

/// <summary>
/// What tests of real models share: one runtime, and two factories that put queues in front of it. Runs of the first always
/// go through the device's threads, those of the other inline.
/// </summary>
[SetUpFixture]
internal sealed class Runtime
{
    public const string Label = "model 'test' version 1";

    public static ListLogger Log { get; } = new();

    /// <summary>What stands behind both factories.</summary>
    public static OnnxModelRuntime Models { get; private set; } = null!;

    public static BatchingExecutorFactory Threaded { get; private set; } = null!;

    public static BatchingExecutorFactory Inline { get; private set; } = null!;

    /// <summary>Every request runs by itself.</summary>
    public static BatchingOptions NoBatching { get; } = new() { Enabled = false };

    /// <summary>Path of a model of <c>tests/models/repository</c>.</summary>
    public static string Stored(string name) => Path.Combine(AppContext.BaseDirectory, "models", "repository", name, "1", "model.onnx");

    /// <summary>Path of the stored model that gives back its one input, of that type.</summary>
    public static string Identity(TensorType type) => Stored("identity_" + type switch
    {
        TensorType.Float16 => "fp16",
        TensorType.BFloat16 => "bf16",
        TensorType.Float32 => "fp32",
        TensorType.Float64 => "fp64",
        TensorType.Bytes => "string",
        _ => type.ProtocolName().ToLowerInvariant(),
    });

    /// <summary>Path of a model of <c>tests/models/broken</c>.</summary>
    public static string Broken(string name) => Path.Combine(AppContext.BaseDirectory, "models", "broken", name, "1", "model.onnx");

    public static LoadedArtefact Load(string path, ExecutionOptions? options = null) => Threaded.Load(path, options ?? new ExecutionOptions(), Label);

    public static RequestContext Context(long rows = 1, CancellationToken cancellation = default) => new("request", cancellation) { Rows = rows };

    public static TensorSet Floats(string name, TensorShape shape, params float[] values) =>
        new TensorSet().Add(name, Tensor.From<float>(TensorType.Float32, shape, values));

    /// <summary>Inputs of model <c>slow</c>.</summary>
    public static TensorSet Slow(long iterations)
    {
        var inputs = Floats("x", TensorShape.Of(1, 256), [.. Enumerable.Range(0, 256).Select(i => i / 256f)]);
        return inputs.Add("iterations", Tensor.From<long>(TensorType.Int64, TensorShape.Of(1), [iterations]));
    }

    [OneTimeSetUp]
    public void Open()
    {
        Models = new OnnxModelRuntime(new OnnxRuntimeSettings { WorkerThreads = 2 }, TimeProvider.System, Log);
        Threaded = Factory(TimeSpan.Zero);
        Inline = Factory(TimeSpan.FromSeconds(1));
    }

    [OneTimeTearDown]
    public void Close() => Models.Dispose();

    private static BatchingExecutorFactory Factory(TimeSpan inlineBelow) =>
        new(Models, new QueueBudget(1L << 30), inlineBelow, TimeProvider.System, NullLogger<BatchingExecutorFactory>.Instance);

    internal sealed class ListLogger : ILogger<OnnxModelRuntime>
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public IReadOnlyList<(LogLevel Level, string Text)> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add((logLevel, formatter(state, exception)));
        }
    }
}
