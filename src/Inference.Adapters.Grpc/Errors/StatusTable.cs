using System.Collections.Frozen;
using Grpc.Core;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>The one table from the domain's error codes to gRPC's.</summary>
internal static class StatusTable
{
    public static FrozenDictionary<ErrorCode, StatusCode> Codes { get; } = new Dictionary<ErrorCode, StatusCode>
    {
        [ErrorCode.InvalidArgument] = StatusCode.InvalidArgument,
        [ErrorCode.VersionRequired] = StatusCode.InvalidArgument,
        [ErrorCode.ModelNotFound] = StatusCode.NotFound,
        [ErrorCode.VersionNotFound] = StatusCode.NotFound,
        [ErrorCode.NotReady] = StatusCode.Unavailable,
        [ErrorCode.ShuttingDown] = StatusCode.Unavailable,
        [ErrorCode.LoadFailed] = StatusCode.FailedPrecondition,
        [ErrorCode.WrongMode] = StatusCode.FailedPrecondition,
        [ErrorCode.Overloaded] = StatusCode.ResourceExhausted,
        [ErrorCode.MessageTooLarge] = StatusCode.ResourceExhausted,
        [ErrorCode.DeadlineExceeded] = StatusCode.DeadlineExceeded,
        [ErrorCode.Cancelled] = StatusCode.Cancelled,
        [ErrorCode.ExecutionFailed] = StatusCode.Internal,
        [ErrorCode.Internal] = StatusCode.Internal,
        [ErrorCode.RegionNotFound] = StatusCode.NotFound,
        [ErrorCode.RegionExists] = StatusCode.AlreadyExists,
        [ErrorCode.RegionLost] = StatusCode.FailedPrecondition,
        [ErrorCode.NotSupported] = StatusCode.Unimplemented,
    }.ToFrozenDictionary();

    /// <summary>The status of an error, its text bounded for the wire.</summary>
    public static Status Status(ErrorCode code, string message) => new(Codes.GetValueOrDefault(code, StatusCode.Internal), StatusText.Bound(message));
}
