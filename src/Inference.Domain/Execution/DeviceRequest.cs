using System.Globalization;

namespace Inference.Domain.Execution;

/// <summary>Kinds of device that can be asked for.</summary>
public enum DeviceKind
{
    /// <summary>The host's processors.</summary>
    Cpu,

    /// <summary>One NVIDIA GPU; a load fails where it cannot be had.</summary>
    Cuda,

    /// <summary>The first NVIDIA GPU where there is one, else the host's processors, which is then said.</summary>
    Auto,
}

/// <summary>The device a pipeline asks for: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> or <c>auto</c>.</summary>
public readonly record struct DeviceRequest(DeviceKind Kind, int Index)
{
    private const int MaxIndex = 127;

    /// <summary>The host's processors.</summary>
    public static DeviceRequest Cpu { get; } = new(DeviceKind.Cpu, 0);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>auto</c>.</summary>
    public static bool TryParse(string text, out DeviceRequest device)
    {
        device = text switch
        {
            "cpu" => Cpu,
            "auto" => new DeviceRequest(DeviceKind.Auto, 0),
            "cuda" => new DeviceRequest(DeviceKind.Cuda, 0),
            _ => default,
        };
        if (device != default || text == "cpu")
            return true;
        if (!text.StartsWith("cuda:", StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || index > MaxIndex)
        {
            return false;
        }

        device = new DeviceRequest(DeviceKind.Cuda, index);
        return true;
    }

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cuda => $"cuda:{Index}",
        DeviceKind.Auto => "auto",
        _ => "cpu",
    };
}
