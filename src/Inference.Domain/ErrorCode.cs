namespace Inference.Domain;

/// <summary>
/// Why a request could not be answered, in the words of the domain. Adapters own the table from these codes to their
/// transport's status; nothing here knows a transport.
/// </summary>
public enum ErrorCode
{
    /// <summary>The request itself is wrong; sending it again cannot help.</summary>
    InvalidArgument,

    /// <summary>No model of that name is in the repository.</summary>
    ModelNotFound,

    /// <summary>The model exists, the version or label does not.</summary>
    VersionNotFound,

    /// <summary>The request names no version and no default route was configured.</summary>
    VersionRequired,

    /// <summary>The pipeline exists but is still loading, or is going away; trying again later can help.</summary>
    NotReady,

    /// <summary>The pipeline failed to load; it needs an operator, not a retry.</summary>
    LoadFailed,

    /// <summary>The server is stopping and takes no new work.</summary>
    ShuttingDown,

    /// <summary>A limit of the server is reached; trying again later can help.</summary>
    Overloaded,

    /// <summary>The message is larger than the server's limit.</summary>
    MessageTooLarge,

    /// <summary>The caller's deadline or queue timeout passed.</summary>
    DeadlineExceeded,

    /// <summary>The caller went away or cancelled.</summary>
    Cancelled,

    /// <summary>The model or a component failed on this request for no fault of the caller's that could be told.</summary>
    ExecutionFailed,

    /// <summary>The call is not allowed in the mode that the server was started in; it needs an operator, not a retry.</summary>
    WrongMode,

    /// <summary>The call or option is part of the protocol, but not of this server.</summary>
    NotSupported,

    /// <summary>No shared memory region of that name is registered, or the object that it should be made of does not exist.</summary>
    RegionNotFound,

    /// <summary>A shared memory region of that name is registered already.</summary>
    RegionExists,

    /// <summary>The object behind a shared memory region has become smaller than the region: its owner must register it again.</summary>
    RegionLost,

    /// <summary>A defect of the server.</summary>
    Internal,
}
