using System.Text;
using System.Text.Json;
using Inference.Domain;

namespace Inference.Adapters.Cli.Input;

/// <summary>Reads <c>NAME=VALUE</c> of the option <c>--input</c>.</summary>
internal static class InputArgument
{
    /// <summary>The input; its file is read.</summary>
    /// <exception cref="UsageException">It has no name or value, or its file cannot be read or is not JSON.</exception>
    public static async Task<TensorDraft> ParseAsync(string argument, ValueSource source, CancellationToken cancellation)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == argument.Length - 1)
            throw new UsageException($"--input {ErrorText.Quote(argument)} must be NAME=VALUE, such as --input 'x=[1,2,3]' or --input x=@file.json.");
        var (name, value) = (argument[..equals], argument[(equals + 1)..]);
        var label = $"input {ErrorText.Quote(name)}";
        if (value[0] != '@')
            return Draft(name, label, JsonValue.Parse(label, Encoding.UTF8.GetBytes(value), " Text is written in double quotes, a file as @FILE."));
        var file = value[1..];
        var bytes = await source.ReadAsync(file, cancellation).ConfigureAwait(false);
        if (file == "-" || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return Draft(name, label, JsonValue.Parse($"{label} in {ErrorText.Quote(file)}", bytes));
        return new TensorDraft(name, null, null, default) { File = bytes };
    }

    // A whole tensor of the protocol's REST form may stand in place of its data.
    private static TensorDraft Draft(string name, string label, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return new TensorDraft(name, null, null, value);
        var draft = RequestFile.Tensor(label, value, name);
        return draft.Name == name ? draft : throw new UsageException($"{label} holds a tensor named {ErrorText.Quote(draft.Name)}; give it under that name.");
    }
}
