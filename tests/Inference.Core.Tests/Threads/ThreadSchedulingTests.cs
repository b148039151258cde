using Inference.Core.Threads;

namespace Inference.Core.Tests.Threads;

internal sealed class ThreadSchedulingTests
{
    private const int NoThread = int.MaxValue;

    [SetUp]
    public void NeedsLinux()
    {
        if (ThreadScheduling.Of(ThreadScheduling.CallingThread) is null)
            Assert.Ignore("the system does not tell how threads are scheduled; on Linux it does.");
    }

    [TestCase(ThreadPolicy.Patient, 0, 0)]
    [TestCase(ThreadPolicy.Ordinary, 7, 20)]
    [TestCase(ThreadPolicy.Idle, 0, 0)]
    public void TrySet_CallingThread_IsWhatItHas(ThreadPolicy policy, int niceness, int slice)
    {
        var (isSet, has) = OnThread(() =>
        {
            var isSet = new ThreadScheduling(policy, niceness, TimeSpan.FromMilliseconds(slice)).TrySet(ThreadScheduling.CallingThread);
            return (isSet, ThreadScheduling.Of(ThreadScheduling.CallingThread));
        });
        Assert.That(isSet, Is.True);
        Assert.That((has?.Policy, has?.Niceness), Is.EqualTo((policy, niceness)));
    }

    [Test]
    public void TrySet_OtherThread_IsWhatThatHas()
    {
        using var ends = new ManualResetEvent(false);
        using var begun = new ManualResetEvent(false);
        var number = 0;
        var thread = new Thread(() =>
        {
            number = int.Parse(File.ReadAllText("/proc/thread-self/stat").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            begun.Set();
            ends.WaitOne(TimeSpan.FromSeconds(30));
        });
        thread.Start();
        begun.WaitOne(TimeSpan.FromSeconds(30));
        var isSet = new ThreadScheduling(ThreadPolicy.Patient, 0).TrySet(number);
        var (its, own) = (ThreadScheduling.Of(number)?.Policy, ThreadScheduling.Of(ThreadScheduling.CallingThread)?.Policy);
        ends.Set();
        thread.Join();
        Assert.That((isSet, its, own), Is.EqualTo((true, ThreadPolicy.Patient, ThreadPolicy.Ordinary)));
    }

    [Test]
    public void NoSuchThread_HasNothing_AndCannotBeSet()
    {
        Assert.That(ThreadScheduling.Of(NoThread), Is.Null);
        Assert.That(new ThreadScheduling(ThreadPolicy.Ordinary, 0).TrySet(NoThread), Is.False);
    }

    // So that the thread of other tests stays as it is.
    private static T OnThread<T>(Func<T> action)
    {
        T result = default!;
        var thread = new Thread(() => result = action());
        thread.Start();
        thread.Join();
        return result;
    }
}
