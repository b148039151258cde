using Inference.Domain.Models;

namespace Inference.Infra.Components.Text;

/// <summary>The validated options of <c>text.wordpiece</c>. Immutable.</summary>
/// <param name="Input">Name of the external tensor.</param>
/// <param name="MaxLength">Most tokens of a row, the first and the last included.</param>
/// <param name="Fixed">Every row has <paramref name="MaxLength"/> tokens; else as many as the request's longest.</param>
/// <param name="Ids">Model input for the tokens' numbers.</param>
/// <param name="Mask">Model input that is 1 for tokens and 0 for padding; null where the model has none.</param>
/// <param name="Types">Model input that is always 0; null where the model has none.</param>
internal sealed record WordPieceOptions(string Input, int MaxLength, bool Fixed, TensorSpec Ids, TensorSpec? Mask, TensorSpec? Types)
{
    /// <summary>Tokens that every row has: the first and the last.</summary>
    public const int Frame = 2;

    /// <summary>What the model is fed, with the length that the options fix.</summary>
    public IReadOnlyList<TensorSpec> Outputs =>
        [.. new[] { Ids, Mask, Types }.OfType<TensorSpec>().Select(s => s with { Dimensions = [s.Dimensions[0], Fixed ? MaxLength : TensorSpec.Any] })];
}
