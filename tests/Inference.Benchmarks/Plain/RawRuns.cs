using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Benchmarks.Plain;

/// <summary>
/// What ONNX Runtime alone gets done with a model: threads that do nothing but run batches, one session for all of them.
/// No server can answer more rows than this.
/// </summary>
internal static class RawRuns
{
    private const int Seconds = 3;

    public static int Run(string path, string rowsText, string threadsText)
    {
        if (!File.Exists(path) || !int.TryParse(rowsText, CultureInfo.InvariantCulture, out var rows) || !int.TryParse(threadsText, CultureInfo.InvariantCulture, out var threads) || rows < 1 || threads < 1)
        {
            Console.Error.WriteLine($"'{path}' must be a model file, and rows '{rowsText}' and threads '{threadsText}' numbers of at least 1.");
            return 2;
        }

        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(path, options);
        Measure(session, rows, threads);
        var rate = Measure(session, rows, threads);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate * rows:F0} rows/s, {threads / rate * 1e3:F3} ms a run of {rows} rows, {threads} threads"));
        return 0;
    }

    // Runs a second on all threads together.
    private static double Measure(InferenceSession session, int rows, int threads)
    {
        var total = 0L;
        var start = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, threads).Select(seed => new Thread(() => Interlocked.Add(ref total, Runs(session, rows, seed, start)))).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return total / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long Runs(InferenceSession session, int rows, int seed, long start)
    {
        var width = session.InputMetadata.Values.Single().Dimensions[^1];
        var random = new Random(seed);
        var values = new float[rows * width];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        using var input = OrtValue.CreateTensorValueFromMemory(values, [rows, width]);
        using var run = new RunOptions();
        var runs = 0L;
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds; runs++)
        {
            using var outputs = session.Run(run, session.InputNames, [input], session.OutputNames);
            if (outputs[0].GetTensorTypeAndShape().Shape[0] != rows)
                throw new InvalidOperationException("the model did not answer each row.");
        }

        return runs;
    }
}
