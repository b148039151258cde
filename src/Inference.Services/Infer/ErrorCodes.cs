using System.Collections.Frozen;
using System.Text;
using Inference.Domain;

namespace Inference.Services.Infer;

/// <summary>The names of error codes in metrics and logs: <c>model_not_found</c>.</summary>
public static class ErrorCodes
{
    /// <summary>The code of a request that was answered.</summary>
    public const string Ok = "ok";

    private static readonly FrozenDictionary<ErrorCode, string> Names = Enum.GetValues<ErrorCode>().ToFrozenDictionary(c => c, c => SnakeCase(c.ToString()));

    /// <summary>The name of a code.</summary>
    public static string Name(this ErrorCode code) => Names[code];

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
