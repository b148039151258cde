using Inference.Domain.Residence;

namespace Inference.Domain.Tests.Residence;

internal sealed class RetryPolicyTests
{
    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(5, 16)]
    [TestCase(9, 256)]
    [TestCase(1000, 256)]
    public void Delay_SoManyFailures_DoublesUpToABound(int failures, double seconds) =>
        Assert.That(RetryPolicy.Delay(failures), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
}
