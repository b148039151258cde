using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Serving;

/// <summary>Rows that a trainer held out, with its own answers and its own measure of quality on them.</summary>
internal sealed class HeldOutFile : IDisposable
{
    private readonly JsonDocument _document;

    private HeldOutFile(JsonDocument document) => _document = document;

    public string Model => _document.RootElement.GetProperty("model").GetString()!;

    public string Version => _document.RootElement.GetProperty("version").GetString()!;

    public string Metric => _document.RootElement.GetProperty("metric").GetString()!;

    public double TrainerMetric => _document.RootElement.GetProperty("trainer_metric").GetDouble();

    public JsonElement.ArrayEnumerator Outputs => _document.RootElement.GetProperty("outputs").EnumerateArray();

    public JsonElement[] Truth => [.. _document.RootElement.GetProperty("truth").EnumerateArray()];

    public static IEnumerable<string> Names => Directory.EnumerateFiles(RepositoryPaths.HeldOut, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order();

    public static HeldOutFile Open(string name) => new(JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryPaths.HeldOut, name + ".json"))));

    public ModelInferRequest Request()
    {
        var request = Requests.For(Model, Version);
        foreach (var input in _document.RootElement.GetProperty("inputs").EnumerateArray())
        {
            var datatype = input.GetProperty("datatype").GetString()!;
            long[] shape = [.. input.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            request.Raw(input.GetProperty("name").GetString()!, datatype, shape, Data(datatype, input.GetProperty("data")));
        }

        return request;
    }

    public void Dispose() => _document.Dispose();

    private static byte[] Data(string datatype, JsonElement data) => datatype switch
    {
        "FP32" => MemoryMarshal.AsBytes<float>(data.EnumerateArray().Select(v => v.GetSingle()).ToArray()).ToArray(),
        "BYTES" => Requests.BytesElements(data.EnumerateArray().Select(v => Encoding.UTF8.GetBytes(v.GetString()!))),
        _ => throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"held-out data of {datatype}")),
    };
}
