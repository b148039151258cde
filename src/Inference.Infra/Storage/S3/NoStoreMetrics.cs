using Inference.Core.Telemetry;

namespace Inference.Infra.Storage.S3;

/// <summary>For stores of which nobody wants to know anything.</summary>
internal sealed class NoStoreMetrics : IStoreMetrics
{
    public static NoStoreMetrics Instance { get; } = new();

    public void Asked(string operation, bool succeeded)
    {
    }

    public void Retried(string reason)
    {
    }

    public void Received(long bytes)
    {
    }

    public void DownloadBegan()
    {
    }

    public void DownloadEnded(bool? succeeded, TimeSpan duration)
    {
    }

    public void Removed()
    {
    }

    public void NoRoom()
    {
    }

    public void Holds(long bytes, long limit)
    {
    }
}
