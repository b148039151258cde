using System.Globalization;
using System.Text.Json;

namespace Inference.Deploy.Tests.Mesh;

internal sealed class ClientServiceConfigTests
{
    private static string Text => File.ReadAllText(DeployFolder.At("mesh", "client-service-config.json"));

    [Test]
    public void ClientServiceConfig_Values_AreThoseThatClientsTake()
    {
        var config = ClientServiceConfig.Read(Text);
        var method = config.MethodConfig.Single();

        Assert.Multiple(() =>
        {
            Assert.That(config.LoadBalancingConfig.Single().Single().Key, Is.EqualTo("round_robin"));
            Assert.That(method.Name.Single(), Is.EqualTo(new ClientMethodName(Protocol.Service, Protocol.Method("ModelInfer"))));

            // Clients refuse fewer than 2 attempts, cut more than 5 off, and refuse backoffs that are not above zero.
            Assert.That(method.RetryPolicy.MaxAttempts, Is.InRange(2, 5));
            Assert.That(Seconds(method.RetryPolicy.InitialBackoff), Is.GreaterThan(0).And.LessThanOrEqualTo(Seconds(method.RetryPolicy.MaxBackoff)));
            Assert.That(method.RetryPolicy.BackoffMultiplier, Is.GreaterThan(0));
            Assert.That(method.RetryPolicy.RetryableStatusCodes, Is.EquivalentTo(new[] { "UNAVAILABLE", "RESOURCE_EXHAUSTED" }), "codes that say that nothing was computed");
            Assert.That(config.RetryThrottling.MaxTokens, Is.GreaterThan(0).And.LessThanOrEqualTo(1000));
            Assert.That(config.RetryThrottling.TokenRatio, Is.GreaterThan(0));
        });
    }

    [TestCase("maxAttempts", "attempts")]
    [TestCase("retryPolicy", "retry")]
    [TestCase("loadBalancingConfig", "LoadBalancingConfig")]
    public void ClientServiceConfig_MistypedField_IsFound(string right, string wrong)
    {
        Assert.That(Text, Does.Contain(right));

        Assert.That(() => ClientServiceConfig.Read(Text.Replace(right, wrong, StringComparison.Ordinal)), Throws.InstanceOf<JsonException>());
    }

    // The JSON form of a protobuf Duration.
    private static double Seconds(string duration)
    {
        Assert.That(duration, Does.Match(@"^\d+(\.\d{1,9})?s$"));
        return double.Parse(duration[..^1], CultureInfo.InvariantCulture);
    }
}
