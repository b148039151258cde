using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

/// <summary>Real threads that come, signal and leave at every moment.</summary>
[TestFixture]
internal sealed class DeviceWorkersStressTests
{
    [Test]
    public async Task Signal_ManyClientsInBursts_NothingIsLeftBehind([Values(1, 2, 5)] int threads)
    {
        using var workers = new DeviceWorkers("cpu", threads, TimeProvider.System);
        var clients = Enumerable.Range(0, 6).Select(i => new QueueClient(lanes: 1 + (i % 3), weight: 1 + i)).ToList();
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var burst = 0; burst < 1000; burst++)
            {
                var runs = new List<ThreadRun>();
                for (var i = random.Next(4); i >= 0; i--)
                {
                    var client = clients[random.Next(clients.Count)];
                    runs.Add(client.Add());
                    Assert.That(workers.Signal(client.Share), Is.True);
                }

                await Task.WhenAll(runs.Select(r => r.Done));
                Assert.That(runs.Select(r => (r.Executed, r.Completed)), Is.All.EqualTo((1, 1)));
            }
        }));
        await Task.WhenAll(callers);
        foreach (var client in clients)
            Assert.That(client.Share.Running, Is.Zero);
    }

    // Once Left is done the client is not called any more: what it is made of may go.
    [Test]
    public async Task Leave_WhileOthersSignal_NoCallComesAfterLeft()
    {
        using var workers = new DeviceWorkers("cpu", 3, TimeProvider.System);
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < 1000; i++)
            {
                var client = new QueueClient(lanes: 2);
                var runs = Enumerable.Range(0, 3).Select(_ => client.Add()).ToList();
                var signals = Task.Run(() =>
                {
                    for (var n = 0; n < 5; n++)
                        workers.Signal(client.Share);
                });
                if (random.Next(2) == 0)
                    await runs[0].Done;
                workers.Leave(client.Share);
                await client.Share.Left.WaitAsync(TimeSpan.FromSeconds(30));
                client.DuringNext = () => Assert.Fail("the client has left");
                Assert.That((client.UnderWay, client.Share.Running), Is.EqualTo((0, 0)));
                await signals;
                Assert.That(client.Share.IsListed, Is.False);
            }
        }));
        await Task.WhenAll(callers);
    }

    // Stop comes at any moment; whatever was let in before is run, and every thread ends.
    [Test]
    public async Task Dispose_AtAnyMoment_WhatWasLetInIsRun()
    {
        for (var round = 0; round < 200; round++)
        {
            var workers = new DeviceWorkers("cpu", 2, TimeProvider.System, TimeSpan.FromSeconds(30));
            var client = new QueueClient(lanes: 1 + (round % 2));
            var callers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                // A run is let in by the signal that follows it; the last may not be.
                var all = new List<ThreadRun>();
                var isTaken = true;
                while (isTaken && all.Count < 10_000)
                {
                    all.Add(client.Add());
                    isTaken = workers.Signal(client.Share);
                }

                return isTaken ? all : all[..^1];
            })).ToList();
            Thread.SpinWait(round * 100);
            workers.Dispose();
            foreach (var runs in await Task.WhenAll(callers))
                Assert.That(runs.Select(r => (r.Executed, r.Completed)), Is.All.EqualTo((1, 1)), $"round {round}");
        }
    }
}
