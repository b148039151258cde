using System.Globalization;
using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>What the accelerators say of themselves, read at each scrape. Without one there are no series.</summary>
internal static class DeviceGauges
{
    private static readonly string[] Labels = ["gpu", "name"];

    public static void Register(CollectorRegistry registry, IDeviceTelemetry devices)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var total = factory.CreateGauge("inference_gpu_memory_total_bytes", "Memory of the GPU.", Labels);
        var used = factory.CreateGauge("inference_gpu_memory_used_bytes", "Memory of the GPU that is in use, by all processes.", Labels);
        var utilization = factory.CreateGauge("inference_gpu_utilization_ratio", "Part of the last moments in which the GPU computed, from 0 to 1.", Labels);
        var temperature = factory.CreateGauge("inference_gpu_temperature_celsius", "Temperature of the GPU.", Labels);
        registry.AddBeforeCollectCallback(() =>
        {
            foreach (var device in devices.Read())
            {
                string[] labels = [device.Index.ToString(CultureInfo.InvariantCulture), device.Name];
                Publish(total, labels, device.MemoryTotalBytes);
                Publish(used, labels, device.MemoryUsedBytes);
                Publish(utilization, labels, device.Utilization);
                Publish(temperature, labels, device.Celsius);
            }
        });
    }

    // A value that the device stops telling must not stay as it was.
    private static void Publish(Gauge gauge, string[] labels, double? value)
    {
        if (value is { } known)
            gauge.WithLabels(labels).Set(known);
        else
            gauge.RemoveLabelled(labels);
    }
}
