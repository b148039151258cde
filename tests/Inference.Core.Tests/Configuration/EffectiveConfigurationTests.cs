using Inference.Core.Configuration;

namespace Inference.Core.Tests.Configuration;

public sealed class EffectiveConfigurationTests
{
    [Test]
    public void Of_Options_HasEveryKeyWithItsValue()
    {
        var all = EffectiveConfiguration.Of(new InferenceOptions { Server = new ServerOptions { GrpcPort = 1234 } });

        Assert.That(all, Contains.Key("Server:GrpcPort").WithValue("1234").And.ContainKey("Telemetry:Traces:Endpoint").And.ContainKey("Tls:KeyPasswordPath"));
    }

    [TestCase("Tls:KeyPassword", "sesame", ExpectedResult = "(hidden)")]
    [TestCase("Tls:KeyPasswordPath", "/run/secrets/password", ExpectedResult = "/run/secrets/password")]
    [TestCase("Store:ConnectionString", "anything", ExpectedResult = "(hidden)")]
    [TestCase("Store:AccessKey", "AKIA", ExpectedResult = "(hidden)")]
    [TestCase("Store:AccessKey", "", ExpectedResult = "")]
    [TestCase("Store:Place", "Server=db;User Id=me;Password=sesame;", ExpectedResult = "(hidden)")]
    [TestCase("Store:Place", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==", ExpectedResult = "(hidden)")]
    [TestCase("Repository:Path", "s3://key:secret@host/bucket", ExpectedResult = "s3://(hidden)@host/bucket")]
    [TestCase("Repository:Path", "s3://key:se@cr/et@host/bucket", ExpectedResult = "s3://(hidden)@host/bucket")]
    [TestCase("Store:Place", "Endpoint=https://host/;AccountKey=abc==", ExpectedResult = "(hidden)")]
    [TestCase("Traces:Endpoint", "https://host:4317/?token=abc", ExpectedResult = "https://host:4317/?(hidden)")]
    [TestCase("Traces:Endpoint", "https://host:4317/?api=abc", ExpectedResult = "https://host:4317/?(hidden)")]
    [TestCase("Traces:Endpoint", "http://host:4317", ExpectedResult = "http://host:4317")]
    [TestCase("Repository:Path", "/models/what?", ExpectedResult = "/models/what?")]
    public string Show_Value_HidesWhatMayBeSecret(string key, string value) => EffectiveConfiguration.Show(key, value);
}
