using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Inference.Adapters.Cli.Engines;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Output;

/// <summary>A list of models for a program.</summary>
internal static class ModelListJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(IReadOnlyList<ModelDescription> models)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartArray();
            foreach (var model in models)
                Write(json, model);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + Environment.NewLine;
    }

    private static void Write(Utf8JsonWriter json, ModelDescription model)
    {
        json.WriteStartObject();
        json.WriteString("name", model.Name);
        json.WriteString("version", model.Version);
        json.WriteString("state", model.State);
        if (model.Reason.Length > 0)
            json.WriteString("reason", model.Reason);
        if (model.Contract is { } contract)
        {
            Write(json, "inputs", contract.Inputs);
            Write(json, "outputs", contract.Outputs);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<TensorSpec> specs)
    {
        json.WriteStartArray(name);
        foreach (var spec in specs)
        {
            json.WriteStartObject();
            json.WriteString("name", spec.Name);
            json.WriteString("datatype", spec.Type.ProtocolName());
            json.WriteStartArray("shape");
            foreach (var dimension in spec.Dimensions)
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
