using System.Runtime.InteropServices;
using System.Text;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>The models of the soak, each configured in another way, and rows for them.</summary>
internal static class SoakModels
{
    /// <summary>Has one lane and room for four rows, so that it refuses.</summary>
    public const string Tight = "tight";

    /// <summary>Has three levels of priority, the lowest of which has little room.</summary>
    public const string Ranked = "dense";

    /// <summary>Fails where a request asks it to.</summary>
    public const string Failing = "conditional_failure";

    private const int RowsOfDeck = 40;
    private static readonly string[] Words = ["water", "a", "small", "animal", "used", "in", "the", "study", "of", "large", "plants", "state", "or", "music", "body"];

    public static TemporaryRepository Repository()
    {
        var (test, samples) = (RepositoryPaths.TestModels, RepositoryPaths.SampleModels);
        return new TemporaryRepository()
            .Copy(test, "identity_fp32")
            .Copy(test, Ranked).Write("dense/1/pipeline.yaml", "queue: { priority_levels: 3, ageing: 50ms, levels: { 3: { max_rows: 30 } } }")
            .Copy(test, "dense", "unbatched").Write("unbatched/1/pipeline.yaml", "batching: off")
            .Copy(test, "sum_product").Write("sum_product/1/pipeline.yaml", "batching: { max_delay: 2ms, max_batch_rows: 32 }")
            .Copy(test, "mixed").Write("mixed/1/pipeline.yaml", "batching: { preferred_batch_rows: [8, 32], max_delay: 1ms }")
            .Copy(test, Failing)
            .Copy(test, "slow").Write("slow/1/pipeline.yaml", "execution: { weight: 3 }")
            .Copy(test, "slow", Tight).Write("tight/1/pipeline.yaml", "execution: { lanes: 1 }\nqueue: { max_rows: 4 }")
            .Copy(samples, "digits").Add("digits/1/pipeline.yaml", "batching: { latency_target: 20ms }")
            .Copy(samples, "iris").Add("iris/1/pipeline.yaml", "batching: { max_batch_bytes: 400 }")
            .Copy(samples, "gloss-topics").Add("gloss-topics/1/pipeline.yaml", "batching: { inputs: { input_ids: { pad: true }, attention_mask: { pad: true } } }");
    }

    public static RowDeck[] Decks(Random random) =>
    [
        Deck("identity_fp32", () => [Floats(random, "x", 5)]),
        Deck(Ranked, () => [Floats(random, "x", 32)]),
        Deck("unbatched", () => [Floats(random, "x", 32)]),
        Deck("sum_product", () => [Floats(random, "a", 3), Floats(random, "b", 3)]),
        Deck("mixed", () => [Floats(random, "numbers", 3), Number("counts", random.NextInt64(-9, 9)), new("words", "BYTES", [2, 2], Requests.BytesElements(Enumerable.Range(0, 4).Select(_ => Text(random, 2))))]),
        Deck(Failing, () => [Number("index", random.NextInt64(-4, 4))]),
        Deck("slow", () => [Floats(random, "x", 256)], Iterations(20)),
        Deck(Tight, () => [Floats(random, "x", 256)], Iterations(200)),
        Deck("digits", () => [Floats(random, "image", 8, 8)]),
        Deck("iris", () => [.. new[] { "sepal_length", "sepal_width", "petal_length", "petal_width" }.Select(name => Floats(random, name))]),
        Deck("gloss-topics", () => [new("text", "BYTES", [], Requests.BytesElements([Text(random, random.Next(1, 40))]))]),
    ];

    private static TemporaryRepository Add(this TemporaryRepository repository, string manifest, string lines) =>
        repository.Write(manifest, File.ReadAllText(Path.Combine(repository.Path, manifest)) + lines);

    private static RowDeck Deck(string model, Func<RowTensor[]> row, RowTensor? whole = null) => new(model, Enumerable.Range(0, RowsOfDeck).Select(_ => row()), whole);

    private static RowTensor Floats(Random random, string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() * 8;
        return new RowTensor(name, "FP32", shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    private static RowTensor Number(string name, long value) => new(name, "INT64", [], BitConverter.GetBytes(value));

    private static RowTensor Iterations(long iterations) => new("iterations", "INT64", [1], BitConverter.GetBytes(iterations));

    private static byte[] Text(Random random, int words) => Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, words).Select(_ => Words[random.Next(Words.Length)])));
}
