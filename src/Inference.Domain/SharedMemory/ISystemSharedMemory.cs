namespace Inference.Domain.SharedMemory;

/// <summary>Shared memory objects of the operating system. Thread-safe.</summary>
public interface ISystemSharedMemory
{
    /// <summary>Why there are none here; null where there are.</summary>
    string? Unavailable { get; }

    /// <summary>Opens an object that a client has made.</summary>
    /// <param name="name">The name that clients call the region by.</param>
    /// <param name="key">Name of the object, with or without a slash in front.</param>
    /// <param name="offset">Where the region begins in the object, in bytes.</param>
    /// <param name="byteSize">Bytes of the region, at least 1.</param>
    /// <returns>The region, the caller's to release.</returns>
    /// <exception cref="InferenceException">InvalidArgument for a key that is none, or a region that does not lie within the object; RegionNotFound; Overloaded.</exception>
    SharedRegion Open(string name, string key, long offset, long byteSize);
}
