using Inference.Domain;

namespace Inference.Infra.Storage.S3;

/// <summary>Why something could not be had from a store.</summary>
internal enum StoreFailure
{
    /// <summary>It does not answer, or answers that it cannot now: worth another attempt.</summary>
    Away,

    /// <summary>Something arrived broken: worth another attempt.</summary>
    Corrupt,

    /// <summary>The store tells no checksum of what arrived: another download decides.</summary>
    Unproven,

    /// <summary>It answers that this must not or cannot be: nothing changes by asking again at once.</summary>
    Refused,

    /// <summary>The object is another one by now, or gone.</summary>
    Changed,

    /// <summary>What was received cannot be kept on this machine.</summary>
    Local,

    /// <summary>There is no room for it on this machine now.</summary>
    NoRoom,

    /// <summary>It has more than may ever be kept on this machine.</summary>
    TooLarge,
}

/// <summary>Something could not be had from a store. Its message names bucket, key, store and remedy, and holds no secret.</summary>
internal sealed class StoreException(StoreFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    public StoreFailure Failure { get; } = failure;

    /// <summary>Another attempt may succeed.</summary>
    public bool IsTransient => Failure is StoreFailure.Away or StoreFailure.Corrupt or StoreFailure.Unproven;

    /// <summary>As the domain has it.</summary>
    public InferenceException ToDomain() => new(ErrorCode.LoadFailed, Message, this);
}
