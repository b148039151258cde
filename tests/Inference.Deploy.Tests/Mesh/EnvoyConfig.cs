using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Inference.Deploy.Tests.Mesh;

/// <summary>Envoy's bootstrap, v3, with the fields that we use; any other is an error.</summary>
internal sealed class EnvoyConfig
{
    public StaticResources StaticResources { get; set; } = new();

    public static EnvoyConfig Read(string text) =>
        new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<EnvoyConfig>(text);
}

internal sealed class StaticResources
{
    public List<Listener> Listeners { get; set; } = [];

    public List<Cluster> Clusters { get; set; } = [];
}

internal sealed class Listener
{
    public string Name { get; set; } = string.Empty;

    public Address Address { get; set; } = new();

    public List<FilterChain> FilterChains { get; set; } = [];
}

internal sealed class Address
{
    public SocketAddress SocketAddress { get; set; } = new();
}

internal sealed class SocketAddress
{
    public string Address { get; set; } = string.Empty;

    public int PortValue { get; set; }
}

internal sealed class FilterChain
{
    public List<Filter<HttpConnectionManager>> Filters { get; set; } = [];
}

internal sealed class Filter<TConfig>
    where TConfig : TypedConfig, new()
{
    public string Name { get; set; } = string.Empty;

    public TConfig TypedConfig { get; set; } = new();
}

internal class TypedConfig
{
    [YamlMember(Alias = "@type")]
    public string Type { get; set; } = string.Empty;
}

internal sealed class HttpConnectionManager : TypedConfig
{
    public string StatPrefix { get; set; } = string.Empty;

    public string CodecType { get; set; } = string.Empty;

    public string? StreamIdleTimeout { get; set; }

    public RouteConfig RouteConfig { get; set; } = new();

    public List<Filter<TypedConfig>> HttpFilters { get; set; } = [];
}
