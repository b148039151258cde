using System.Net;
using System.Security.Authentication;
using Amazon.Runtime;
using Inference.Domain;

namespace Inference.Infra.Storage.S3;

/// <summary>Translates what the SDK throws: what was asked for, what is wrong, what to do.</summary>
internal static class S3Errors
{
    /// <summary>The failure as a reason with its remedy.</summary>
    /// <param name="exception">From the SDK.</param>
    /// <param name="what">What was asked for, such as <c>bucket 'models' at http://store:9000</c>.</param>
    public static StoreException Translate(Exception exception, string what)
    {
        var (failure, why) = exception is AmazonServiceException { StatusCode: not 0 } answer ? Answered(answer) : Unanswered(exception);
        return new StoreException(failure, $"{what} cannot be read: {why}", exception);
    }

    private static (StoreFailure Failure, string Why) Answered(AmazonServiceException answer)
    {
        var code = answer.ErrorCode ?? string.Empty;
        return (code, answer.StatusCode) switch
        {
            ("NoSuchBucket", _) =>
                (StoreFailure.Refused, "there is no such bucket; check the bucket in Repository:Path, and Repository:S3:Endpoint."),
            ("InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired", _) =>
                (StoreFailure.Refused, $"the store does not take the credentials ({code}); check those that the server finds (environment, profile, role of the service account), and that its clock is right."),
            ("RequestTimeTooSkewed", _) =>
                (StoreFailure.Refused, "the clocks of the server and of the store differ by too much; set them right."),
            ("PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect", _) or (_, HttpStatusCode.MovedPermanently) =>
                (StoreFailure.Refused, "the bucket is in another region than the one asked for; set Repository:S3:Region, and Repository:S3:Endpoint where the store is not AWS."),
            (_, HttpStatusCode.PreconditionFailed) or ("NoSuchKey", _) =>
                (StoreFailure.Changed, "it was replaced or deleted after it was listed; the next look finds what is there now."),
            (_, HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized) =>
                (StoreFailure.Refused, $"access is denied ({Code(answer)}); the credentials need s3:ListBucket on the bucket and s3:GetObject on its objects, and a public bucket needs Repository:S3:Anonymous."),
            (_, HttpStatusCode.NotFound) =>
                (StoreFailure.Changed, "it is not there any more; the next look finds what is."),
            (_, HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) or ("SlowDown" or "RequestTimeout", _) =>
                (StoreFailure.Away, $"the store asks to slow down ({Code(answer)})."),
            (_, >= HttpStatusCode.InternalServerError) =>
                (StoreFailure.Away, $"the store failed ({Code(answer)})."),
            _ => (StoreFailure.Refused, $"the store refused ({Code(answer)}); check Repository:Path and Repository:S3:Endpoint, whose scheme (http or https) must be the one that the store speaks."),
        };
    }

    private static (StoreFailure Failure, string Why) Unanswered(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
                return (StoreFailure.Refused, "TLS cannot be set up with it: its certificate is not trusted, or it speaks plain HTTP; check the certificate, or the scheme of Repository:S3:Endpoint.");
            if (inner is AmazonUnmarshallingException or System.Xml.XmlException)
                return (StoreFailure.Away, "what answers does not answer as an S3 store does; check Repository:S3:Endpoint.");
        }

        return exception switch
        {
            AmazonClientException e when IsAboutCredentials(e.Message) =>
                (StoreFailure.Refused, "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role of the service account, or set Repository:S3:Anonymous for a public bucket."),
            AmazonClientException e when e.Message.Contains("region", StringComparison.OrdinalIgnoreCase) =>
                (StoreFailure.Refused, "no region is known; set Repository:S3:Region or AWS_REGION."),
            OperationCanceledException or TimeoutException => (StoreFailure.Away, "the store did not answer in time."),
            _ => (StoreFailure.Away, $"the store cannot be reached or broke off ({Root(exception)}); check Repository:S3:Endpoint, the network, and the policies of the cluster."),
        };
    }

    private static bool IsAboutCredentials(string message) => message.Contains("credential", StringComparison.OrdinalIgnoreCase) || message.Contains("AWS_", StringComparison.Ordinal);

    private static string Code(AmazonServiceException answer) => $"{(int)answer.StatusCode} {ErrorText.Bound(answer.ErrorCode ?? string.Empty)}".TrimEnd();

    // The deepest is the one of the system, such as 'Connection refused'.
    private static string Root(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception is AmazonClientException ? exception.GetType().Name : ErrorText.Bound(exception.Message.TrimEnd('.'));
    }
}
