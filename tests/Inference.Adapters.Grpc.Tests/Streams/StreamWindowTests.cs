using Inference.Adapters.Grpc.Streams;
using Inference.Core.Configuration;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class StreamWindowTests
{
    [TestCase(3, 1, true)]
    [TestCase(4, 1, false)]
    [TestCase(2, 50, true)]
    [TestCase(2, 51, false)]
    [TestCase(1, 1_000_000, true)]
    public void TryEnter_UpToTheLimits_TakesThatMany(int requests, long bytes, bool expected)
    {
        var window = new StreamWindow(new StreamOptions { MaxInFlight = 3, MaxBytes = 100 });
        for (var i = 1; i < requests; i++)
            Assert.That(window.TryEnter(1, bytes));

        Assert.That(window.TryEnter(1, bytes), Is.EqualTo(expected));
    }

    [Test]
    public async Task EnterAsync_NoRoom_WaitsUntilEnoughIsGivenBack()
    {
        var window = new StreamWindow(new StreamOptions { MaxInFlight = 3, MaxBytes = 100 });
        Assert.That(window.TryEnter(1, 60) && window.TryEnter(1, 40));
        var waiting = window.EnterAsync(1, 50, CancellationToken.None);

        window.Change(-1, -40);
        var tooLittle = waiting.IsCompleted;
        window.Change(0, -10);
        await waiting.WaitAsync(StreamClient.Limit);

        Assert.That((tooLittle, window.TryEnter(1, 1)), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task EnterAsync_LargerThanTheWindow_WaitsUntilItIsAlone()
    {
        var window = new StreamWindow(new StreamOptions { MaxInFlight = 3, MaxBytes = 100 });
        Assert.That(window.TryEnter(1, 1));
        var waiting = window.EnterAsync(1, 1000, CancellationToken.None);
        var before = waiting.IsCompleted;
        window.Change(-1, -1);
        await waiting.WaitAsync(StreamClient.Limit);

        Assert.That(before, Is.False);
    }

    [Test]
    public async Task EnterAsync_Cancelled_TakesNothing()
    {
        var window = new StreamWindow(new StreamOptions { MaxInFlight = 1, MaxBytes = 100 });
        Assert.That(window.TryEnter(1, 1));
        using var cancel = new CancellationTokenSource();
        var waiting = window.EnterAsync(1, 1, cancel.Token);
        await cancel.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());

        window.Change(-1, -1);
        Assert.That(window.TryEnter(1, 1));
    }
}
