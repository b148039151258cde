using System.Security.Authentication;
using Google.Protobuf;
using Grpc.Core;
using Inference.Domain;

namespace Inference.Adapters.Cli.Remote;

/// <summary>Says what a failed call means for the person who made it.</summary>
internal static class RemoteErrors
{
    /// <summary>What to look at where a handshake failed.</summary>
    public const string TlsHint = "Look at --ca (who signed its certificate), --server-name (whose it is), --cert and --key (yours), and whether it has TLS there.";

    public static InferenceException Translate(Uri address, TimeSpan timeout, Status status)
    {
        var detail = ErrorText.Bound(status.Detail);
        if (status.DebugException is InvalidProtocolBufferException)
            return new InferenceException(ErrorCode.Internal, $"{address} answered with something that is not of the protocol: {ErrorText.Bound(status.DebugException.Message)}");
        if (Handshake(status.DebugException) is { } handshake)
            return new InferenceException(ErrorCode.NotReady, $"no TLS with {address}: {ErrorText.Bound(handshake.Message.TrimEnd('.'))}. {TlsHint}");
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

    private static AuthenticationException? Handshake(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is AuthenticationException failed)
                return failed;
        }

        return null;
    }
}
