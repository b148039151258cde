using Google.Protobuf;
using Grpc.Core;
using Inference.Domain;

namespace Inference.Adapters.Cli.Remote;

/// <summary>Says what a failed call means for the person who made it.</summary>
internal static class RemoteErrors
{
    public static InferenceException Translate(Uri address, TimeSpan timeout, Status status)
    {
        var detail = ErrorText.Bound(status.Detail);
        if (status.DebugException is InvalidProtocolBufferException)
            return new InferenceException(ErrorCode.Internal, $"{address} answered with something that is not of the protocol: {ErrorText.Bound(status.DebugException.Message)}");
        return status.StatusCode switch
        {
            StatusCode.Unavailable => new InferenceException(
                ErrorCode.NotReady,
                $"{address} does not answer or takes no requests: {detail} Start a server with 'inference serve', name another with --server URL, or load the models here with --repository DIR."),
            StatusCode.DeadlineExceeded => new InferenceException(ErrorCode.DeadlineExceeded, $"{address} did not answer within {timeout.TotalSeconds} s (--timeout). {detail}".TrimEnd()),
            StatusCode.Unimplemented => new InferenceException(ErrorCode.NotSupported, $"{address} does not offer this call: {detail}"),
            var code => new InferenceException(ErrorCode.ExecutionFailed, $"{address} answered {code}: {detail}"),
        };
    }
}
