using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

internal sealed class WakesTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Take_WokenBefore_DoesNotSleep()
    {
        var wakes = new Wakes();
        wakes.Add(2);

        await Task.Run(() => { wakes.Take(); wakes.Take(); }).WaitAsync(Hang);
    }

    [Test]
    public async Task Add_ThreadsSleep_WakesAsManyAsItSays()
    {
        var wakes = new Wakes();
        var woken = new SemaphoreSlim(0);
        var threads = Enumerable.Range(0, 3).Select(_ => new Thread(() => { wakes.Take(); woken.Release(); }) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        SpinWait.SpinUntil(() => threads.TrueForAll(t => t.ThreadState.HasFlag(ThreadState.WaitSleepJoin)), Hang);

        wakes.Add(2);

        Assert.That(await woken.WaitAsync(Hang) && await woken.WaitAsync(Hang), Is.True);
        SpinWait.SpinUntil(() => threads.Count(t => t.Join(0)) == 2, Hang);
        Assert.That(threads.Count(t => t.IsAlive), Is.EqualTo(1), "one more than was woken");
        wakes.Add(1);
        Assert.That(await woken.WaitAsync(Hang), Is.True);
    }
}
