using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>The outputs that a request asks for.</summary>
internal static class RequestedOutputs
{
    private const string ClassificationParameter = "classification";

    /// <summary>The outputs in the request's order; empty asks for all.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a missing name or a wrong parameter.</exception>
    public static IReadOnlyList<RequestedOutput> Of(List<OutputPart> outputs)
    {
        if (outputs.Count == 0)
            return [];
        var requested = new RequestedOutput[outputs.Count];
        for (var i = 0; i < requested.Length; i++)
            requested[i] = Of(outputs[i], i);
        return requested;
    }

    private static RequestedOutput Of(OutputPart output, int index)
    {
        if (output.Name.Length == 0)
            throw InferenceException.InvalidArgument($"the request's output {index} has no name; name the output wanted, or leave outputs empty to get all.");
        RequestTensors.CheckName("output", output.Name, index);
        if (output.Parameters is null)
            return new RequestedOutput(output.Name);
        var owner = $"output {ErrorText.Quote(output.Name)}";
        var location = Parameters.CheckTensor(owner, output.Parameters);
        return output.Parameters.TryGetValue(ClassificationParameter, out var classes)
            ? new RequestedOutput(output.Name, Classes(owner, classes), location)
            : new RequestedOutput(output.Name, Location: location);
    }

    // There are never more classes than elements, so a larger number asks for all of them.
    private static int Classes(string owner, object? parameter) => parameter switch
    {
        long k and >= 1 => (int)Math.Min(k, int.MaxValue),
        long k => throw InferenceException.InvalidArgument($"parameter '{ClassificationParameter}' of {owner} is {k}; expected the number of best classes, at least 1."),
        _ => throw InferenceException.InvalidArgument(
            $"parameter '{ClassificationParameter}' of {owner} is given as {Field(parameter)}; expected int64_param, the number of best classes."),
    };

    private static string Field(object? parameter) => parameter switch
    {
        bool => "bool_param",
        ulong => "uint64_param",
        double => "double_param",
        _ => "string_param",
    };
}
