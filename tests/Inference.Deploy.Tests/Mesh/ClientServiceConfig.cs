using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Inference.Deploy.Tests.Mesh;

/// <summary>gRPC's service configuration, as its clients read it, with the fields that we use; any other is an error.</summary>
internal sealed record ClientServiceConfig(
    IReadOnlyList<IReadOnlyDictionary<string, JsonObject>> LoadBalancingConfig,
    IReadOnlyList<ClientMethodConfig> MethodConfig,
    ClientRetryThrottling RetryThrottling)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static ClientServiceConfig Read(string text) => JsonSerializer.Deserialize<ClientServiceConfig>(text, Strict)!;
}

internal sealed record ClientMethodConfig(IReadOnlyList<ClientMethodName> Name, ClientRetryPolicy RetryPolicy);

internal sealed record ClientMethodName(string Service, string Method);

internal sealed record ClientRetryPolicy(
    int MaxAttempts,
    string InitialBackoff,
    string MaxBackoff,
    double BackoffMultiplier,
    IReadOnlyList<string> RetryableStatusCodes);

internal sealed record ClientRetryThrottling(double MaxTokens, double TokenRatio);
