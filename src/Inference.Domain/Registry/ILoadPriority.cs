namespace Inference.Domain.Registry;

/// <summary>How much threads that load models stand back behind those that answer requests. Thread-safe.</summary>
public interface ILoadPriority
{
    /// <summary>Called once by each thread that loads models, before it begins.</summary>
    void Enter();
}
