using Google.Protobuf.Collections;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Services.Infer;
using Wire = Inference.Adapters.Protocol.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>The outputs that a request asks for.</summary>
internal static class RequestedOutputs
{
    /// <summary>Most outputs that one request may ask for.</summary>
    public const int Most = 4096;

    private const string ClassificationParameter = "classification";

    /// <summary>The outputs in the request's order; empty asks for all.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a missing name or a wrong parameter.</exception>
    public static IReadOnlyList<RequestedOutput> Decode(RepeatedField<Wire> outputs)
    {
        if (outputs.Count == 0)
            return [];
        if (outputs.Count > Most)
            throw InferenceException.InvalidArgument($"the request asks for {outputs.Count} outputs; at most {Most} are accepted.");
        var requested = new RequestedOutput[outputs.Count];
        for (var i = 0; i < requested.Length; i++)
            requested[i] = Decode(outputs[i], i);
        return requested;
    }

    private static RequestedOutput Decode(Wire output, int index)
    {
        if (output.Name.Length == 0)
            throw InferenceException.InvalidArgument($"the request's output {index} has no name; name the output wanted, or leave outputs empty to get all.");
        InferRequestMapper.CheckName("output", output.Name, index);
        if (output.Parameters.Count == 0)
            return new RequestedOutput(output.Name);
        var owner = $"output {ErrorText.Quote(output.Name)}";
        Parameters.CheckTensor(owner, output.Parameters);
        return output.Parameters.TryGetValue(ClassificationParameter, out var classes)
            ? new RequestedOutput(output.Name, Classes(owner, classes))
            : new RequestedOutput(output.Name);
    }

    // There are never more classes than elements, so a larger number asks for all of them.
    private static int Classes(string owner, InferParameter parameter) => parameter switch
    {
        { ParameterChoiceCase: InferParameter.ParameterChoiceOneofCase.Int64Param, Int64Param: >= 1 and var k } => (int)Math.Min(k, int.MaxValue),
        { ParameterChoiceCase: InferParameter.ParameterChoiceOneofCase.Int64Param, Int64Param: var k } =>
            throw InferenceException.InvalidArgument($"parameter '{ClassificationParameter}' of {owner} is {k}; expected the number of best classes, at least 1."),
        _ => throw InferenceException.InvalidArgument(
            $"parameter '{ClassificationParameter}' of {owner} is given as {Field(parameter)}; expected int64_param, the number of best classes."),
    };

    private static string Field(InferParameter parameter) => parameter.ParameterChoiceCase switch
    {
        InferParameter.ParameterChoiceOneofCase.BoolParam => "bool_param",
        InferParameter.ParameterChoiceOneofCase.Uint64Param => "uint64_param",
        InferParameter.ParameterChoiceOneofCase.DoubleParam => "double_param",
        _ => "string_param",
    };
}
