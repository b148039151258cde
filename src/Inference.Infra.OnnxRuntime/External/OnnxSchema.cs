namespace Inference.Infra.OnnxRuntime.External;

/// <summary>The messages of an ONNX file in which tensors can stand.</summary>
internal enum OnnxMessage
{
    /// <summary>Holds no tensor.</summary>
    Other,
    Model,
    Training,

    /// <summary>The graph of the model itself.</summary>
    MainGraph,

    /// <summary>A graph within a node, or one for training.</summary>
    Graph,
    Node,
    Attribute,
    Function,
    SparseTensor,

    /// <summary>An initializer of the main graph.</summary>
    Initializer,

    /// <summary>A tensor anywhere else.</summary>
    Tensor,
}

/// <summary>Which message stands in which field. Numbers are those of onnx.proto.</summary>
internal static class OnnxSchema
{
    /// <summary>Messages within messages; Protobuf goes no deeper either.</summary>
    public const int MostDepth = 100;

    /// <summary>What a field of a message holds.</summary>
    public static OnnxMessage Child(OnnxMessage parent, int field) => (parent, field) switch
    {
        (OnnxMessage.Model, 7) => OnnxMessage.MainGraph,
        (OnnxMessage.Model, 20) => OnnxMessage.Training,
        (OnnxMessage.Model, 25) => OnnxMessage.Function,
        (OnnxMessage.Training, 1 or 2) => OnnxMessage.Graph,
        (OnnxMessage.MainGraph or OnnxMessage.Graph, 1) => OnnxMessage.Node,
        (OnnxMessage.MainGraph, 5) => OnnxMessage.Initializer,
        (OnnxMessage.Graph, 5) => OnnxMessage.Tensor,
        (OnnxMessage.MainGraph or OnnxMessage.Graph, 15) => OnnxMessage.SparseTensor,
        (OnnxMessage.Node, 5) or (OnnxMessage.Function, 11) => OnnxMessage.Attribute,
        (OnnxMessage.Attribute, 5 or 10) => OnnxMessage.Tensor,
        (OnnxMessage.Attribute, 6 or 11) => OnnxMessage.Graph,
        (OnnxMessage.Attribute, 22 or 23) => OnnxMessage.SparseTensor,
        (OnnxMessage.Function, 7) => OnnxMessage.Node,
        (OnnxMessage.SparseTensor, 1 or 2) => OnnxMessage.Tensor,
        _ => OnnxMessage.Other,
    };
}
