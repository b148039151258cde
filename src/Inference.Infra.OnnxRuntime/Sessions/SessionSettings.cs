using Inference.Domain.Execution;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>Makes ONNX Runtime's session options of ours.</summary>
internal static class SessionSettings
{
    /// <summary>Options of a session on the CPU, to which a device can be added. The caller disposes of them.</summary>
    /// <param name="options">The pipeline's.</param>
    /// <param name="fixedInputs">Every run has the same shapes.</param>
    public static SessionOptions Create(ExecutionOptions options, bool fixedInputs)
    {
        var session = new SessionOptions
        {
            GraphOptimizationLevel = Level(options.GraphOptimization),
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = options.MemoryArena,

            // A pattern is remembered for every set of input shapes ever met, so with shapes that vary it would only grow.
            EnableMemoryPattern = options.MemoryArena && fixedInputs,
        };

        // Whatever the file is called, it is read as ONNX.
        session.AddSessionConfigEntry("session.load_model_format", "ONNX");
        if (options.IntraOpThreads > 0)
        {
            session.IntraOpNumThreads = options.IntraOpThreads;
            session.InterOpNumThreads = 1;
            session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        }
        else
        {
            session.DisablePerSessionThreads();
        }

        return session;
    }

    private static GraphOptimizationLevel Level(GraphOptimization optimization) => optimization switch
    {
        GraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
        GraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
        GraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
    };
}
