using Inference.Core.Telemetry;
using Inference.Core.Threads;
using Inference.Infra.Processors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.Tests.Processors;

/// <summary>The policy is the whole process's, so one at a time; it does other tests no harm.</summary>
[NonParallelizable]
internal sealed class PatientThreadsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly Measured _metrics = new();

    [TearDown]
    public void ThreadsAreOrdinary() => ProcessThreads.TrySet(ThreadPolicy.Ordinary);

    [SetUp]
    public void NeedsThePolicies()
    {
        using var waits = ProcessorWaits.Open();
        if (waits is null || ThreadScheduling.Of(ThreadScheduling.CallingThread) is null)
            Assert.Ignore("threads have policies, and their waits are counted, on Linux only, outside of some sandboxes.");
    }

    [Test]
    public void Threads_AsLongAsItIsThere_ArePatient()
    {
        using (Start())
        {
            Assert.That(() => OfProcess(), Is.EqualTo(ThreadPolicy.Patient).After((int)Limit.TotalMilliseconds, 10));
            Assert.That(() => _metrics.Looks, Is.GreaterThan(1).After((int)Limit.TotalMilliseconds, 10), "it looks by itself");
        }

        Assert.That(OfProcess(), Is.EqualTo(ThreadPolicy.Ordinary));
    }

    [Test]
    public void Threads_StartedLater_ArePatientSoon()
    {
        using var patient = Start();
        Assert.That(() => OfProcess(), Is.EqualTo(ThreadPolicy.Patient).After((int)Limit.TotalMilliseconds, 10));
        using var seen = new ManualResetEvent(false);
        var thread = new Thread(() =>
        {
            if (SpinWait.SpinUntil(() => ThreadScheduling.Of(ThreadScheduling.CallingThread)?.Policy == ThreadPolicy.Patient, Limit))
                seen.Set();
        });
        thread.Start();
        thread.Join();
        Assert.That(seen.WaitOne(0), Is.True);
    }

    [Test]
    public void Threads_ThatSomebodyMadeIdle_StayIdle()
    {
        ThreadScheduling? after = null;
        using var made = new ManualResetEvent(false);
        using var ends = new ManualResetEvent(false);
        var idle = new Thread(() =>
        {
            new ThreadScheduling(ThreadPolicy.Idle, 0).TrySet(ThreadScheduling.CallingThread);
            made.Set();
            ends.WaitOne(Limit);
            after = ThreadScheduling.Of(ThreadScheduling.CallingThread);
        });
        idle.Start();
        made.WaitOne(Limit);
        using (Start())
            Assert.That(() => OfProcess(), Is.EqualTo(ThreadPolicy.Patient).After((int)Limit.TotalMilliseconds, 10));
        ends.Set();
        idle.Join();
        Assert.That(after?.Policy, Is.EqualTo(ThreadPolicy.Idle));
    }

    [Test]
    public void Judge_ProcessorsAreCrowdedAndThenNot_ThreadsAreOrdinaryAndThenPatient()
    {
        // It does not look by itself any more, so that the waits are those of the test alone.
        var patient = Start();
        patient.Dispose();
        for (var look = 0; look < Crowding.Looks; look++)
            patient.Judge(Crowding.Long, 0);
        Assert.That((OfProcess(), _metrics.IsCrowded), Is.EqualTo((ThreadPolicy.Ordinary, true)));
        for (var look = 0; look < Crowding.Looks; look++)
            patient.Judge(TimeSpan.Zero, 0);
        Assert.That((OfProcess(), _metrics.IsCrowded), Is.EqualTo((ThreadPolicy.Patient, false)));
    }

    private static ThreadPolicy? OfProcess() => ThreadScheduling.Of(Environment.ProcessId)?.Policy;

    private PatientThreads Start() => new(_metrics, NullLogger<PatientThreads>.Instance);

    private sealed class Measured : IServerMetrics
    {
        private int _looks;

        public int Looks => Volatile.Read(ref _looks);

        public bool IsCrowded { get; private set; }

        public void ProcessorsMeasured(double wait, bool isCrowded)
        {
            Interlocked.Increment(ref _looks);
            IsCrowded = isCrowded;
        }

        void IServerMetrics.ConnectionOpened() => throw new NotSupportedException();

        void IServerMetrics.ConnectionClosed() => throw new NotSupportedException();

        void IServerMetrics.ConnectionEnded(string reason) => throw new NotSupportedException();

        void IServerMetrics.SaturationMeasured(double ratio, double threadWait) => throw new NotSupportedException();

        void IServerMetrics.CertificateServed(DateTimeOffset expires) => throw new NotSupportedException();

        void IServerMetrics.CertificateReloaded(bool isGood) => throw new NotSupportedException();

        void IServerMetrics.CertificateReloadFailing(bool isFailing) => throw new NotSupportedException();

        void IServerMetrics.HandshakeFailed() => throw new NotSupportedException();
    }
}
