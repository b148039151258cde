using System.Diagnostics;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

[TestFixture]
internal sealed class DeviceWorkersTests
{
    [Test]
    public async Task Post_FromManyThreads_EachIsDoneOnceOnTheDevicesThreads()
    {
        using var workers = new DeviceWorkers("cpu", 3);
        var items = Enumerable.Range(0, 2000).Select(_ => new Work()).ToList();
        Parallel.ForEach(items, item => workers.Post(item));
        await Task.WhenAll(items.Select(i => i.Done.Task)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Multiple(() =>
        {
            Assert.That(items.Select(i => i.Executed), Is.All.EqualTo(1));
            Assert.That(items.Select(i => i.Thread).Distinct(), Is.SubsetOf(new[] { "infer cpu 0", "infer cpu 1", "infer cpu 2" }));
        });
    }

    [Test]
    public async Task Post_FromAWorker_IsDoneWithoutAnotherPost()
    {
        using var workers = new DeviceWorkers("cpu", 1);
        var second = new Work();
        workers.Post(new Work { During = () => workers.Post(second, fromWorker: true) });
        await second.Done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public void Dispose_WorkPosted_IsFinishedAndLaterWorkIsAbandoned()
    {
        var workers = new DeviceWorkers("cpu", 2);
        var items = Enumerable.Range(0, 100).Select(_ => new Work()).ToList();
        items.ForEach(i => workers.Post(i));
        workers.Dispose();
        var late = new Work();
        workers.Post(late);
        Assert.Multiple(() =>
        {
            Assert.That(items.Select(i => i.Executed), Is.All.EqualTo(1));
            Assert.That((late.Executed, late.Abandoned), Is.EqualTo((0, 1)));
        });
    }

    [Test]
    public void Dispose_NoThreadEnds_WaitsOnceForAllOfThem()
    {
        using var blocked = new ManualResetEventSlim();
        using var started = new CountdownEvent(8);
        var workers = new DeviceWorkers("cpu", 8, TimeSpan.FromSeconds(1));
        for (var i = 0; i < 8; i++)
        {
            workers.Post(new Work
            {
                During = () =>
                {
                    started.Signal();
                    blocked.Wait();
                },
            });
        }

        Assert.That(started.Wait(TimeSpan.FromSeconds(30)), Is.True);
        var watch = Stopwatch.StartNew();
        workers.Dispose();
        var waited = watch.Elapsed;
        blocked.Set();
        Assert.That(waited, Is.InRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5)));
    }

    private sealed class Work : IDeviceWork
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action? During { get; init; }

        public int Executed { get; private set; }

        public int Abandoned { get; private set; }

        public string? Thread { get; private set; }

        public void Execute()
        {
            Executed++;
            Thread = System.Threading.Thread.CurrentThread.Name;
            During?.Invoke();
            Done.SetResult();
        }

        public void Abandon() => Abandoned++;
    }
}
