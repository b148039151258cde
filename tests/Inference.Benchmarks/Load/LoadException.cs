namespace Inference.Benchmarks.Load;

/// <summary>A load that cannot be taken, or whose figures would mean nothing; the message says what to change.</summary>
internal sealed class LoadException(string message) : Exception(message);
