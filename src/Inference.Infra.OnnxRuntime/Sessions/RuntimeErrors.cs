using System.Text.RegularExpressions;
using Inference.Domain;
using Inference.Infra.OnnxRuntime.Native;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>Turns ONNX Runtime's exceptions into errors of ours: one line, bounded, without its source lines and the server's paths.</summary>
internal static partial class RuntimeErrors
{
    private const string InvalidArgument = "[ErrorCode:InvalidArgument]";

    /// <summary>The error of a run that failed.</summary>
    public static InferenceException OfRun(string label, Exception e)
    {
        var isArgument = e is NativeRunException { IsArgument: true } || (e is OnnxRuntimeException && e.Message.StartsWith(InvalidArgument, StringComparison.Ordinal));
        var code = isArgument ? ErrorCode.InvalidArgument : ErrorCode.ExecutionFailed;
        return new InferenceException(code, ErrorText.Bound($"{label}: {Clean(e)}"), e);
    }

    /// <summary>The error of a load that failed.</summary>
    /// <param name="label">How errors name the model.</param>
    /// <param name="folder">The artefact's folder, which stays out of the text.</param>
    /// <param name="e">What the runtime threw.</param>
    public static InferenceException OfLoad(string label, string folder, Exception e) =>
        new(ErrorCode.LoadFailed, ErrorText.Bound($"{label} cannot be loaded: {WithHint(Clean(e).Replace(folder.TrimEnd('/') + '/', string.Empty, StringComparison.Ordinal))}"), e);

    /// <summary>What the runtime says, without what only its developers need.</summary>
    public static string Clean(Exception e)
    {
        var text = ErrorClass().Replace(e.Message, string.Empty);
        text = LoadPrefix().Replace(text, string.Empty);
        text = SourceSignature().Replace(text, string.Empty);
        text = SourceLine().Replace(text, string.Empty);
        text = NestedStatus().Replace(text, string.Empty);
        text = AllowedFolder().Replace(text, string.Empty);
        return Spaces().Replace(text, " ").Trim();
    }

    private static string WithHint(string text) => text switch
    {
        _ when text.Contains("Unregistered TensorElementType", StringComparison.Ordinal) || text.Contains("MLDataType for", StringComparison.Ordinal) =>
            $"a tensor has an element type that is not served, such as FP8, INT4 or complex; cast it in the model. ({text})",
        _ when text.Contains("is not a registered function/op", StringComparison.Ordinal) || text.Contains("No Op registered for", StringComparison.Ordinal)
            || text.Contains("No opset import for domain", StringComparison.Ordinal) =>
            $"it uses an operator that ONNX Runtime does not have; export it with standard operators. ({text})",
        _ when text.Contains("Unsupported model IR version", StringComparison.Ordinal) || text.Contains("is under development and support", StringComparison.Ordinal) =>
            $"it was exported for a newer ONNX than this server's; export it with an older opset or IR version. ({text})",
        _ when text.Contains("xternal data", StringComparison.Ordinal) || text.Contains("external TensorProto", StringComparison.Ordinal)
            || text.Contains("Data of TensorProto", StringComparison.Ordinal) =>
            $"its external data cannot be used; they must be files within the model's folder, named by a relative path. ({text})",
        _ when text.Contains("Protobuf parsing failed", StringComparison.Ordinal) => "its file is damaged; copy or export it again.",
        _ => text,
    };

    [GeneratedRegex(@"^\[ErrorCode:\w+\] ")]
    private static partial Regex ErrorClass();

    [GeneratedRegex(@"^Load model from .+? failed:", RegexOptions.Singleline)]
    private static partial Regex LoadPrefix();

    // "/src/file.cc:12 returned::type Name(arguments, more(arguments)) Text"
    [GeneratedRegex(@"/\S+\.(?:cc|h|cpp|cu):\d+ .+?\)(?: const)? (?=[A-Z\[]|\w+\.)", RegexOptions.Singleline)]
    private static partial Regex SourceSignature();

    [GeneratedRegex(@"\b\w+\.(?:cc|h|cpp|cu):\d+ \w+ ")]
    private static partial Regex SourceLine();

    [GeneratedRegex(@"(?:status\.IsOK\(\) was false\. )?\[ONNXRuntimeError\] : \d+ : \w+ : ")]
    private static partial Regex NestedStatus();

    // Absolute paths in the words of the external data check.
    [GeneratedRegex(@" (?:resolved path|allowed directory): ""[^""]*""| inside '[^']*'|: /\S+$")]
    private static partial Regex AllowedFolder();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
