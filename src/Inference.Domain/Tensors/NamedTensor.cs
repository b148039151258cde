namespace Inference.Domain.Tensors;

/// <summary>A tensor under the name by which a model or a client knows it.</summary>
public readonly record struct NamedTensor(string Name, Tensor Tensor);
