using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;

namespace Inference.Benchmarks.Load.Requests;

/// <summary>
/// Rows of one model and what the server answers to each when it comes alone: the yardstick for every other answer.
/// </summary>
internal sealed class RowPool
{
    /// <summary>Rows that a load has: enough to tell a swapped answer, few enough to ask for one by one.</summary>
    public const int Size = 32;

    private const int Seed = 1;
    private readonly List<(float[] Data, float[] Answer)> rows = [];

    private RowPool()
    {
    }

    public int Count => rows.Count;

    public float[] Data(int row) => rows[row].Data;

    public float[] Answer(int row) => rows[row].Answer;

    /// <summary>Draws rows and asks for each alone, over a server that has nothing else to do.</summary>
    /// <exception cref="LoadException">The server has an error, or its answers do not tell the rows apart.</exception>
    public static async Task<RowPool> AskAsync(CallInvoker invoker, RequestShape shape)
    {
        var pool = new RowPool();
        var random = new Random(Seed);
        var caller = new UnaryCaller(invoker);
        var single = shape with { Rows = 1 };
        for (var draws = 0; pool.Count < Size; draws++)
        {
            if (draws == Size * 8)
                throw new LoadException($"Model '{shape.Model}' answers {Size} random rows nearly alike, so that a swapped answer could not be told.");
            var data = Enumerable.Range(0, shape.Width).Select(_ => (float)Normal(random)).ToArray();
            var status = await caller.CallAsync(RequestSet.Template(single, data, []), keep: true, DateTime.UtcNow.AddMinutes(1));
            if (status.StatusCode != StatusCode.OK)
                throw new LoadException($"The server answers a request alone to model '{shape.Model}' with {status.StatusCode}: {status.Detail}");
            var answer = Numbers.Of(ModelInferResponse.Parser.ParseFrom(caller.Answer.Content.Span), out var problem).ToArray();
            if (problem is not null)
                throw new LoadException($"The answer of model '{shape.Model}' cannot be checked: {problem}");
            if (pool.rows.TrueForAll(other => Numbers.Differ(other.Answer, answer)))
                pool.rows.Add((data, answer));
        }

        return pool;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
