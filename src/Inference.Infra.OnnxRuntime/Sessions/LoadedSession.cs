using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>A session and where it runs.</summary>
/// <param name="Session">The session; the receiver owns it.</param>
/// <param name="DeviceName">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="CudaIndex">Index of the CUDA device; null on the CPU.</param>
/// <param name="Fallback">Why it is not the device that was asked for; null where it is.</param>
internal sealed record LoadedSession(InferenceSession Session, string DeviceName, int? CudaIndex, string? Fallback);
