using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Inference.Core.Certificates;

/// <summary>
/// Looks at the files from time to time, since not every file system tells of changes, and has what changed used for the next
/// handshakes. Files that cannot be used leave everything as it was, and are told of once for each way in which they are wrong.
/// </summary>
public sealed class CertificateReload(ServerCertificates certificates, IServerMetrics metrics, TimeProvider time, ILogger<CertificateReload> logger) : BackgroundService
{
    private string? _failure;
    private bool _isExpired;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var now = certificates.Current.Certificate;
        metrics.CertificateServed(now.NotAfter);
        logger.CertificateLoaded(now.Subject, now.NotAfter.ToUniversalTime());
        if (certificates.Period == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(certificates.Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                Look();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>Looks once. One caller at a time.</summary>
    internal void Look()
    {
        try
        {
            var changed = certificates.Reload(time.GetUtcNow());
            if (changed is null)
                return;
            if (changed.Value)
                Changed();
            else if (_failure is not null)
                logger.CertificateFilesAsBefore();
            _failure = null;
            metrics.CertificateReloadFailing(false);
            TellExpiry();
        }
        catch (ConfigurationException e)
        {
            Failed(e.Message);
        }
        catch (Exception e)
        {
            // Nothing may end the watch; what is new to us is told like the rest.
            Failed($"a defect of this program: {e}");
        }
    }

    private void Changed()
    {
        var current = certificates.Current.Certificate;
        _isExpired = false;
        metrics.CertificateReloaded(isGood: true);
        metrics.CertificateServed(current.NotAfter);
        logger.CertificateReloaded(current.Subject, current.NotAfter.ToUniversalTime());
    }

    private void Failed(string message)
    {
        metrics.CertificateReloadFailing(true);
        if (message == _failure)
            return;
        _failure = message;
        metrics.CertificateReloaded(isGood: false);
        logger.CertificateKept(certificates.Current.Certificate.Subject, message);
        TellExpiry();
    }

    private void TellExpiry()
    {
        var current = certificates.Current.Certificate;
        if (_isExpired || time.GetUtcNow() <= current.NotAfter)
            return;
        _isExpired = true;
        logger.CertificateExpired(current.Subject, current.NotAfter.ToUniversalTime());
    }
}
