using System.Text.Json;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Input;

/// <summary>One input as a person wrote it; what is missing comes from the model.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="Type">Datatype, where it was given.</param>
/// <param name="Shape">Shape, where it was given.</param>
/// <param name="Data">The elements: a JSON value, nested or flat.</param>
internal sealed record TensorDraft(string Name, TensorType? Type, TensorShape? Shape, JsonElement Data)
{
    /// <summary>One BYTES element, in place of <see cref="Data"/>.</summary>
    public byte[]? File { get; init; }

    /// <summary>Something is missing that only the model knows.</summary>
    public bool NeedsMetadata => Type is null || Shape is null;
}

/// <summary>A request as a person wrote it.</summary>
internal sealed record RequestDraft
{
    public string Id { get; init; } = string.Empty;

    public required IReadOnlyList<TensorDraft> Inputs { get; init; }

    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    public IReadOnlyDictionary<string, object> Parameters { get; init; } = new Dictionary<string, object>();

    public bool NeedsMetadata => Inputs.Any(i => i.NeedsMetadata);
}
