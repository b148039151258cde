using System.Globalization;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>instance_group</c>: how many runs at once, and on which device.</summary>
internal static class InstanceSection
{
    private const string Key = "instance_group";
    private const int MaxLanes = 1_024;
    private const int MaxDevice = 127;

    /// <summary>The defaults with what the groups say instead.</summary>
    public static ExecutionOptions Read(ConfigContext config)
    {
        var groups = config.Root.Sections(Key).Where(g => IsUsed(config, g)).ToList();
        if (groups.Count == 0)
            return config.Defaults;
        var device = Device(config, groups[0]);
        var lanes = 0L;
        foreach (var group in groups)
        {
            var count = Math.Max(1, group.Integer("count", 1, 0, MaxLanes));
            if (Device(config, group) == device)
                lanes += count;
            else
                config.Warn($"{group.Location}: this instance_group has another device than the first, {device}, and no effect: a model runs on one device.");
        }

        lanes = Math.Min(lanes, MaxLanes);
        config.Note($"instance_group: {lanes} {(lanes == 1 ? "run" : "runs")} at once on {device}");
        return config.Defaults with { Device = device, Lanes = (int)lanes };
    }

    private static bool IsUsed(ConfigContext config, OptionReader group)
    {
        foreach (var key in new[] { "rate_limiter", "secondary_devices", "profile", "host_policy" })
        {
            if (group.Find(key) is { } unused)
                config.Warn($"{unused.Location}: {key} of instance_group has no effect.");
        }

        if (group.Find("gpus") is { Items.Count: > 1 } gpus)
            config.Warn($"{gpus.Location}: instance_group names {gpus.Items.Count} GPUs; the model runs on the first of them.");
        if (!group.Flag("passive", false))
            return true;
        config.Warn($"{group.Location}: a passive instance_group has no effect.");
        return false;
    }

    private static DeviceRequest Device(ConfigContext config, OptionReader group)
    {
        var gpus = group.Integers("gpus");
        var index = gpus.IsEmpty ? 0 : gpus[0];
        if (index is < 0 or > MaxDevice)
            group.Error("gpus", $"has {index.ToString(CultureInfo.InvariantCulture)}; expected numbers from 0 to {MaxDevice}.");
        var kind = group.Text("kind", string.Empty);
        switch (kind)
        {
            case "KIND_CPU":
                return DeviceRequest.Cpu;
            case "KIND_GPU":
                return new DeviceRequest(DeviceKind.Cuda, (int)index);
            case "KIND_MODEL":
                config.Refuse(group.Find("kind")!.Location, "kind KIND_MODEL is not supported: ONNX models do not choose their device; expected KIND_CPU, KIND_GPU or KIND_AUTO.");
                return config.Defaults.Device;
            case "" when gpus.IsEmpty:
                return config.Defaults.Device;
            default:
                return new DeviceRequest(DeviceKind.Auto, (int)index);
        }
    }
}
