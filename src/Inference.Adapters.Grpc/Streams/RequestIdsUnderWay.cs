namespace Inference.Adapters.Grpc.Streams;

/// <summary>The ids of a stream's requests that have not had their last answer, so that none is answered twice. Thread-safe.</summary>
internal sealed class RequestIdsUnderWay
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>False where a request with this id is under way.</summary>
    public bool TryAdd(string id)
    {
        lock (_ids)
            return _ids.Add(id);
    }

    /// <summary>A request with this id may come again.</summary>
    public void Remove(string id)
    {
        lock (_ids)
            _ids.Remove(id);
    }
}
