namespace Inference.Core.Telemetry;

/// <summary>What is counted of an object store that models come from, and of what is kept of it on this machine. Thread-safe.</summary>
public interface IStoreMetrics
{
    /// <summary>The store answered a request, or did not.</summary>
    /// <param name="operation">One of <see cref="StoreOperations"/>.</param>
    /// <param name="succeeded">It answered with what was asked for.</param>
    void Asked(string operation, bool succeeded);

    /// <summary>Something is asked for again.</summary>
    /// <param name="reason">One of <see cref="StoreRetries"/>.</param>
    void Retried(string reason);

    /// <summary>Bytes of objects arrived, of use or not.</summary>
    void Received(long bytes);

    /// <summary>The download of an object begins.</summary>
    void DownloadBegan();

    /// <summary>The download of an object ended.</summary>
    /// <param name="succeeded">The object is here and was found right; null where nobody wants it any more, as when the server stops.</param>
    /// <param name="duration">Since it began, with all attempts and the comparison of the whole.</param>
    void DownloadEnded(bool? succeeded, TimeSpan duration);

    /// <summary>An object was removed from this machine to make room.</summary>
    void Removed();

    /// <summary>There was no room for objects, although everything that nothing uses might have gone.</summary>
    void NoRoom();

    /// <summary>What is kept on this machine now.</summary>
    /// <param name="bytes">Bytes, with the whole of what is being downloaded.</param>
    /// <param name="limit">Bytes that it may be.</param>
    void Holds(long bytes, long limit);
}

/// <summary>What an object store is asked.</summary>
public static class StoreOperations
{
    /// <summary>A page of a listing.</summary>
    public const string List = "list";

    /// <summary>The content of an object, or the rest of it.</summary>
    public const string Get = "get";

    /// <summary>What the store knows of an object besides its content.</summary>
    public const string Head = "head";
}

/// <summary>Why an object store is asked again.</summary>
public static class StoreRetries
{
    /// <summary>It did not answer, could not, or broke off.</summary>
    public const string Away = "away";

    /// <summary>What arrived was not the object.</summary>
    public const string Corrupt = "corrupt";

    /// <summary>The store tells no checksum, so that the object is downloaded twice.</summary>
    public const string Unproven = "unproven";
}
