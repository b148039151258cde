using System.Text.Json;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Input;

/// <summary>Reads a request in the protocol's REST form: id, parameters, inputs, outputs.</summary>
internal static class RequestFile
{
    /// <summary>The request.</summary>
    /// <exception cref="UsageException">It is not JSON, or not of that form.</exception>
    /// <exception cref="InferenceException">InvalidArgument for a datatype or shape that there is not.</exception>
    public static RequestDraft Parse(string file, ReadOnlyMemory<byte> json)
    {
        var source = $"request {ErrorText.Quote(file)}";
        return Parse(source, JsonValue.Parse(source, json));
    }

    /// <summary>The requests of a file that holds one, or a list of them.</summary>
    /// <exception cref="UsageException">It is not JSON, or not of that form.</exception>
    /// <exception cref="InferenceException">InvalidArgument for a datatype or shape that there is not.</exception>
    public static IReadOnlyList<RequestDraft> ParseAll(string file, ReadOnlyMemory<byte> json)
    {
        var source = $"request {ErrorText.Quote(file)}";
        var root = JsonValue.Parse(source, json);
        if (root.ValueKind != JsonValueKind.Array)
            return [Parse(source, root)];
        return root.GetArrayLength() > 0
            ? [.. root.EnumerateArray().Select((request, i) => Parse($"{source}: [{i}]", request))]
            : throw new UsageException($"{source} is an empty list; expected at least one request.");
    }

    private static RequestDraft Parse(string source, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("inputs", out var inputs) || inputs.ValueKind != JsonValueKind.Array)
            throw new UsageException($"{source} must be an object with the list 'inputs': {{\"inputs\":[{{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}}]}}.");
        JsonValue.RefuseUnknown(source, root, "id", "parameters", "inputs", "outputs");
        return new RequestDraft
        {
            Id = JsonValue.Text(source, root, "id") ?? string.Empty,
            Parameters = Parameters(source, root),
            Inputs = [.. inputs.EnumerateArray().Select((input, i) => Tensor($"{source}: inputs[{i}]", input, name: null))],
            Outputs = [.. Outputs(source, root)],
        };
    }

    /// <summary>One tensor: name, datatype, shape, data; only the data must be there, and the name where none is known.</summary>
    public static TensorDraft Tensor(string source, JsonElement tensor, string? name)
    {
        if (tensor.ValueKind != JsonValueKind.Object)
            throw new UsageException($"{source} must be an object with name, datatype, shape and data.");
        JsonValue.RefuseUnknown(source, tensor, "name", "datatype", "shape", "data");
        name = JsonValue.Text(source, tensor, "name") ?? name ?? throw new UsageException($"{source} has no 'name'.");
        if (!tensor.TryGetProperty("data", out var data))
            throw new UsageException($"{source} ({ErrorText.Quote(name)}) has no 'data'.");
        TensorType? type = JsonValue.Text(source, tensor, "datatype") is { } datatype ? TensorTypeExtensions.Parse(datatype, name) : null;
        return new TensorDraft(name, type, tensor.TryGetProperty("shape", out var shape) ? Shape(source, shape, name) : null, data);
    }

    private static TensorShape Shape(string source, JsonElement shape, string name)
    {
        if (shape.ValueKind != JsonValueKind.Array)
            throw new UsageException($"{source}: 'shape' must be a list of whole numbers, such as [1,64].");
        return TensorShape.Create(
            [.. shape.EnumerateArray().Select(d => d.ValueKind == JsonValueKind.Number && d.TryGetInt64(out var size) ? size : throw new UsageException($"{source}: 'shape' holds {ErrorText.Quote(d.GetRawText())}; expected whole numbers."))],
            name);
    }

    private static IEnumerable<RequestedOutput> Outputs(string source, JsonElement root)
    {
        if (!root.TryGetProperty("outputs", out var outputs))
            yield break;
        if (outputs.ValueKind != JsonValueKind.Array)
            throw new UsageException($"{source}: 'outputs' must be a list, such as [{{\"name\":\"label\"}}].");
        foreach (var output in outputs.EnumerateArray())
        {
            var label = $"{source}: an output";
            if (output.ValueKind != JsonValueKind.Object)
                throw new UsageException($"{label} must be an object with a name.");
            JsonValue.RefuseUnknown(label, output, "name", "parameters");
            var name = JsonValue.Text(label, output, "name") ?? throw new UsageException($"{label} has no 'name'.");
            yield return new RequestedOutput(name, Classes($"{source}: output {ErrorText.Quote(name)}", output));
        }
    }

    private static int Classes(string source, JsonElement output)
    {
        if (!output.TryGetProperty("parameters", out var parameters))
            return 0;
        if (parameters.ValueKind != JsonValueKind.Object)
            throw new UsageException($"{source}: 'parameters' must be an object.");
        JsonValue.RefuseUnknown(source, parameters, "classification");
        if (!parameters.TryGetProperty("classification", out var classes))
            return 0;
        return classes.ValueKind == JsonValueKind.Number && classes.TryGetInt32(out var count) && count >= 0
            ? count
            : throw new UsageException($"{source}: 'classification' is {ErrorText.Quote(classes.GetRawText())}; expected a whole number of at least 0.");
    }

    private static Dictionary<string, object> Parameters(string source, JsonElement root)
    {
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        if (!root.TryGetProperty("parameters", out var values))
            return parameters;
        if (values.ValueKind != JsonValueKind.Object)
            throw new UsageException($"{source}: 'parameters' must be an object.");
        foreach (var parameter in values.EnumerateObject())
        {
            parameters[parameter.Name] = parameter.Value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => parameter.Value.GetBoolean(),
                JsonValueKind.String => parameter.Value.GetString()!,
                JsonValueKind.Number when parameter.Value.TryGetInt64(out var number) => number,
                JsonValueKind.Number when parameter.Value.TryGetUInt64(out var number) => number,
                JsonValueKind.Number => parameter.Value.GetDouble(),
                _ => throw new UsageException($"{source}: parameter {ErrorText.Quote(parameter.Name)} must be a string, a number, true or false."),
            };
        }

        return parameters;
    }
}
