using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Remote;

/// <summary>
/// Reads a server's answer, raw or typed. The server may be anybody's, so nothing in it is believed: names, datatypes, shapes and
/// sizes are checked.
/// </summary>
internal static class ResponseDecoder
{
    /// <summary>The answer, owned by the caller.</summary>
    /// <exception cref="InferenceException">Internal, where the answer contradicts itself.</exception>
    public static Answer Decode(ModelInferResponse response)
    {
        var raw = response.RawOutputContents;
        if (raw.Count > 0 && raw.Count != response.Outputs.Count)
            throw Unreadable($"it has {response.Outputs.Count} outputs, but {raw.Count} raw contents.");
        var outputs = new TensorSet(response.Outputs.Count);
        try
        {
            for (var i = 0; i < response.Outputs.Count; i++)
            {
                var output = response.Outputs[i];
                outputs.Add(output.Name, Tensor(output, raw.Count > 0 ? raw[i].Memory : default(ReadOnlyMemory<byte>?)));
            }

            return new Answer(response.ModelName, response.ModelVersion, response.Id, outputs);
        }
        catch (InferenceException e)
        {
            outputs.Dispose();
            throw Unreadable(e.Message);
        }
    }

    private static Tensor Tensor(ModelInferResponse.Types.InferOutputTensor output, ReadOnlyMemory<byte>? raw)
    {
        var type = TensorTypeExtensions.Parse(output.Datatype, output.Name);
        var shape = TensorShape.Create([.. output.Shape], output.Name);
        if (raw is { } data && output.Contents is not null)
            throw InferenceException.InvalidArgument($"output {ErrorText.Quote(output.Name)} has raw and typed contents.");
        return Domain.Tensors.Tensor.Wrap(output.Name, type, shape, raw ?? TypedContents.ToBytes(output.Name, type, output.Contents));
    }

    private static InferenceException Unreadable(string why) =>
        new(ErrorCode.Internal, $"the server's answer cannot be read: {ErrorText.Bound(why)}");
}
