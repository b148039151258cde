using Inference.Domain.Execution;

namespace Inference.Domain.Tests.Execution;

internal sealed class DeviceRequestTests
{
    [TestCase("cpu", DeviceKind.Cpu, 0)]
    [TestCase("auto", DeviceKind.Auto, 0)]
    [TestCase("cuda", DeviceKind.Cuda, 0)]
    [TestCase("cuda:0", DeviceKind.Cuda, 0)]
    [TestCase("cuda:127", DeviceKind.Cuda, 127)]
    public void TryParse_Devices_AreRead(string text, DeviceKind kind, int index)
    {
        Assert.That(DeviceRequest.TryParse(text, out var device), Is.True);
        Assert.That(device, Is.EqualTo(new DeviceRequest(kind, index)));
        Assert.That(DeviceRequest.TryParse(device.ToString(), out var again) && again == device, Is.True);
    }

    [TestCase("")]
    [TestCase("CPU")]
    [TestCase("gpu")]
    [TestCase("cpu:0")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:128")]
    [TestCase("cuda: 1")]
    [TestCase("cuda:99999999999")]
    public void TryParse_AnythingElse_IsNoDevice(string text) => Assert.That(DeviceRequest.TryParse(text, out _), Is.False);
}
