using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>Values of prometheus-adapter's chart, with the fields that we use; any other is an error.</summary>
internal sealed class AdapterValues
{
    public AdapterRules Rules { get; set; } = new();

    public static AdapterValues Read(string text) =>
        new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<AdapterValues>(text);
}

internal sealed class AdapterRules
{
    public List<AdapterRule> Custom { get; set; } = [];
}

internal sealed class AdapterRule
{
    public string SeriesQuery { get; set; } = string.Empty;

    public AdapterResources Resources { get; set; } = new();

    public AdapterName Name { get; set; } = new();

    public string MetricsQuery { get; set; } = string.Empty;
}

internal sealed class AdapterResources
{
    public Dictionary<string, AdapterResource> Overrides { get; set; } = [];
}

internal sealed class AdapterResource
{
    public string Resource { get; set; } = string.Empty;
}

internal sealed class AdapterName
{
    public string Matches { get; set; } = string.Empty;
}
