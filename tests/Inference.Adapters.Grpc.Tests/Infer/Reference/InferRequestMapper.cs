using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;
using Wire = Inference.Adapters.Protocol.ModelInferRequest.Types.InferInputTensor;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>A request of the protocol to a request of the service. The counterpart of <see cref="InferResponseMapper"/>.</summary>
internal static class InferRequestMapper
{
    /// <summary>Most inputs of one request.</summary>
    public const int MostInputs = 4096;

    /// <summary>Longest name of an input or output, in characters: names are compared, and told in errors.</summary>
    public const int LongestName = 1024;

    /// <summary>
    /// The request, whose tensors the caller disposes of. Raw data is not copied: its tensors stand over the message's memory.
    /// </summary>
    /// <param name="request">The message; must not be changed while the tensors live.</param>
    /// <param name="deadline">The call's deadline in UTC; <see cref="DateTime.MaxValue"/> for none.</param>
    /// <exception cref="InferenceException">InvalidArgument, NotSupported.</exception>
    public static InferenceRequest Decode(ModelInferRequest request, DateTime deadline) => new()
    {
        ModelName = request.ModelName,
        Version = request.ModelVersion,
        Id = request.Id,
        Parameters = Parameters.Decode(request.Parameters),
        Outputs = RequestedOutputs.Decode(request.Outputs),
        DeadlineUtc = deadline == DateTime.MaxValue ? null : deadline,

        // Last: nothing after it may throw, since it owns memory.
        Inputs = DecodeInputs(request),
    };

    /// <summary>Throws where a name is too long.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static void CheckName(string what, string name, int index)
    {
        if (name.Length > LongestName)
            throw InferenceException.InvalidArgument($"the name of the request's {what} {index} has {name.Length} characters; at most {LongestName} are accepted.");
    }

    private static TensorSet DecodeInputs(ModelInferRequest request)
    {
        if (request.Inputs.Count > MostInputs)
            throw InferenceException.InvalidArgument($"the request has {request.Inputs.Count} inputs; at most {MostInputs} are accepted.");
        var raw = request.RawInputContents.Count > 0;
        if (raw)
            CheckRaw(request);
        var tensors = new TensorSet(request.Inputs.Count);
        try
        {
            for (var i = 0; i < request.Inputs.Count; i++)
                Add(tensors, request.Inputs[i], i, raw ? request.RawInputContents[i] : null);
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    private static void CheckRaw(ModelInferRequest request)
    {
        foreach (var input in request.Inputs)
        {
            CheckParameters(input);
            if (input.Contents is { } contents && contents.Stray(ContentsField.None) is var field and not ContentsField.None)
            {
                throw InferenceException.InvalidArgument(
                    $"input {ErrorText.Quote(input.Name)} has {contents.Count(field)} elements in {field.Name()} though the request has raw_input_contents; send all inputs raw or all typed.");
            }
        }

        if (request.RawInputContents.Count != request.Inputs.Count)
        {
            throw InferenceException.InvalidArgument(
                $"raw_input_contents has {request.RawInputContents.Count} entries for {request.Inputs.Count} inputs; expected one for each input, in their order.");
        }
    }

    private static void Add(TensorSet tensors, Wire input, int index, ByteString? raw)
    {
        if (input.Name.Length == 0)
            throw InferenceException.InvalidArgument($"the request's input {index} has no name.");
        CheckName("input", input.Name, index);
        if (raw is null)
            CheckParameters(input);
        var type = TensorTypeExtensions.Parse(input.Datatype, input.Name);
        var shape = TensorShape.Create(UnsafeCollectionOperations.AsSpan(input.Shape), input.Name);
        var tensor = raw is null
            ? TypedInput.Decode(input.Name, type, shape, input.Contents)
            : Tensor.Wrap(input.Name, type, shape, raw.Memory);
        try
        {
            tensors.Add(input.Name, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void CheckParameters(Wire input)
    {
        if (input.Parameters.Count > 0)
            Parameters.CheckTensor($"input {ErrorText.Quote(input.Name)}", input.Parameters);
    }
}
