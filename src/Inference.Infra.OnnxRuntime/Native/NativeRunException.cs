namespace Inference.Infra.OnnxRuntime.Native;

/// <summary>What the runtime says against a run.</summary>
/// <param name="isArgument">The run's inputs are at fault.</param>
/// <param name="text">The runtime's text.</param>
internal sealed class NativeRunException(bool isArgument, string text) : Exception(text)
{
    /// <summary>The run's inputs are at fault.</summary>
    public bool IsArgument => isArgument;
}
