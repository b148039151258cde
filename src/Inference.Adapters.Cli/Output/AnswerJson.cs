using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Inference.Adapters.Cli.Engines;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Output;

/// <summary>An answer in the protocol's REST form.</summary>
internal static class AnswerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Answer answer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
            Write(json, answer);
        return Encoding.UTF8.GetString(stream.ToArray()) + Environment.NewLine;
    }

    private static void Write(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        json.WriteString("model_name", answer.ModelName);
        json.WriteString("model_version", answer.Version);
        if (answer.Id.Length > 0)
            json.WriteString("id", answer.Id);
        json.WriteStartArray("outputs");
        foreach (var (name, tensor) in answer.Outputs)
            Write(json, name, tensor);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Tensor tensor)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("datatype", tensor.Type.ProtocolName());
        json.WriteStartArray("shape");
        foreach (var dimension in tensor.Shape.Dimensions)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        if (tensor.Type == TensorType.Bytes)
            WriteBytes(json, tensor);
        else
            WriteScalars(json, tensor);
        json.WriteEndObject();
    }

    private static void WriteScalars(Utf8JsonWriter json, Tensor tensor)
    {
        json.WriteStartArray("data");
        for (var i = 0; i < tensor.Shape.ElementCount; i++)
        {
            var text = Elements.Scalar(tensor, i);

            // JSON has no such numbers; this is the form in which they are read, too.
            if (text is "NaN" or "Infinity" or "-Infinity")
                json.WriteStringValue(text);
            else
                json.WriteRawValue(text, skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    private static void WriteBytes(Utf8JsonWriter json, Tensor tensor)
    {
        var texts = Texts(tensor);
        if (texts is null)
        {
            json.WriteStartObject("parameters");
            json.WriteString("encoding", "base64");
            json.WriteEndObject();
        }

        json.WriteStartArray("data");
        if (texts is not null)
        {
            foreach (var text in texts)
                json.WriteStringValue(text);
        }
        else
        {
            foreach (var element in tensor.BytesElements())
                json.WriteBase64StringValue(element);
        }

        json.WriteEndArray();
    }

    // Null where one element is no text.
    private static List<string>? Texts(Tensor tensor)
    {
        var texts = new List<string>();
        foreach (var element in tensor.BytesElements())
        {
            if (Elements.Utf8(element) is not { } text)
                return null;
            texts.Add(text);
        }

        return texts;
    }
}
