using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Clients;

/// <summary>The service configuration that users are shown, as grpc-dotnet takes it: it reads no JSON.</summary>
internal static class ServiceConfigFile
{
    public static string Path { get; } = System.IO.Path.Combine(RepositoryPaths.Root, "deploy", "mesh", "client-service-config.json");

    public static ServiceConfig Read()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path));
        var root = file.RootElement;
        var throttling = root.GetProperty("retryThrottling");
        var config = new ServiceConfig
        {
            LoadBalancingConfigs = { new LoadBalancingConfig(root.GetProperty("loadBalancingConfig")[0].EnumerateObject().Single().Name) },
            RetryThrottling = new RetryThrottlingPolicy { MaxTokens = throttling.GetProperty("maxTokens").GetInt32(), TokenRatio = throttling.GetProperty("tokenRatio").GetDouble() },
        };
        foreach (var method in root.GetProperty("methodConfig").EnumerateArray())
            config.MethodConfigs.Add(Method(method));
        return config;
    }

    private static MethodConfig Method(JsonElement method)
    {
        var retry = method.GetProperty("retryPolicy");
        var policy = new RetryPolicy
        {
            MaxAttempts = retry.GetProperty("maxAttempts").GetInt32(),
            InitialBackoff = Duration(retry, "initialBackoff"),
            MaxBackoff = Duration(retry, "maxBackoff"),
            BackoffMultiplier = retry.GetProperty("backoffMultiplier").GetDouble(),
        };
        foreach (var code in retry.GetProperty("retryableStatusCodes").EnumerateArray())
            policy.RetryableStatusCodes.Add(Enum.Parse<StatusCode>(code.GetString()!.Replace("_", string.Empty, StringComparison.Ordinal), ignoreCase: true));
        var config = new MethodConfig { RetryPolicy = policy };
        foreach (var name in method.GetProperty("name").EnumerateArray())
            config.Names.Add(new MethodName { Service = name.GetProperty("service").GetString(), Method = name.GetProperty("method").GetString() });
        return config;
    }

    private static TimeSpan Duration(JsonElement policy, string name) =>
        TimeSpan.FromSeconds(double.Parse(policy.GetProperty(name).GetString()!.TrimEnd('s'), CultureInfo.InvariantCulture));
}
