using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Core.Certificates;

/// <summary>Log events of certificates.</summary>
internal static partial class CertificateLog
{
    [LoggerMessage(EventIds.Certificates + 1, LogLevel.Information, "TLS with the certificate of {Subject}, valid until {Expires:u}")]
    public static partial void CertificateLoaded(this ILogger logger, string subject, DateTime expires);

    [LoggerMessage(EventIds.Certificates + 2, LogLevel.Information, "The certificate's files have changed: new connections get that of {Subject}, valid until {Expires:u}")]
    public static partial void CertificateReloaded(this ILogger logger, string subject, DateTime expires);

    [LoggerMessage(EventIds.Certificates + 3, LogLevel.Warning, "The certificate's files have changed and cannot be used, so that of {Subject} stays: {Reason}")]
    public static partial void CertificateKept(this ILogger logger, string subject, string reason);

    [LoggerMessage(EventIds.Certificates + 4, LogLevel.Information, "The certificate's files are again what they were when they were last good")]
    public static partial void CertificateFilesAsBefore(this ILogger logger);

    [LoggerMessage(EventIds.Certificates + 5, LogLevel.Warning, "The certificate of {Subject} expired at {Expires:u}: clients refuse it")]
    public static partial void CertificateExpired(this ILogger logger, string subject, DateTime expires);

    [LoggerMessage(EventIds.Certificates + 6, LogLevel.Information, "A client's certificate was refused ({Subject}): {Reason}. {More} more were since the last line like this")]
    public static partial void ClientCertificateRefused(this ILogger logger, string subject, string reason, int more);
}
