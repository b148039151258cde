using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer.Arrival;

/// <summary>An entry of raw_input_contents that was taken out of its message while that arrived.</summary>
/// <param name="Index">Which entry it is; an empty one stands for it in the message.</param>
/// <param name="Buffer">Its bytes; not owned by the entry.</param>
internal readonly record struct ArrivedEntry(int Index, TensorBuffer Buffer);
