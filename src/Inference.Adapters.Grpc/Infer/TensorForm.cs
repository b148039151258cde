namespace Inference.Adapters.Grpc.Infer;

/// <summary>The two ways in which a message can carry its tensors, never both.</summary>
internal enum TensorForm
{
    /// <summary>Bytes, one entry a tensor. Also where there is nothing to tell by.</summary>
    Raw,

    /// <summary>Contents in the field of the datatype.</summary>
    Typed,
}
