using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Health;

public sealed class HealthServiceTests
{
    [TestCase(ServerPhase.Starting, true, false)]
    [TestCase(ServerPhase.Running, true, true)]
    [TestCase(ServerPhase.Grace, true, false)]
    [TestCase(ServerPhase.Draining, true, false)]
    [TestCase(ServerPhase.Stopped, false, false)]
    public void LiveAndReady_InPhase_AreAsThePhaseSays(ServerPhase phase, bool live, bool ready)
    {
        using var engine = new TestEngine();

        engine.Lifecycle.Advance(phase);

        Assert.That((engine.Health.IsLive, engine.Health.IsReady), Is.EqualTo((live, ready)));
    }

    [Test]
    public async Task ModelReady_GoodBadAndUnknown_AreToldApart()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("bad", 1).Add("good", 1);
        engine.Executors.Fail("model 'bad' version 1", new InferenceException(ErrorCode.LoadFailed, "no"));
        await engine.LoadAsync();
        engine.Lifecycle.Advance(ServerPhase.Running);

        Assert.Multiple(() =>
        {
            Assert.That(engine.Health.IsModelReady("good", "1"), Is.True);
            Assert.That(engine.Health.IsModelReady("bad", "1"), Is.False);
            Assert.That(() => engine.Health.IsModelReady("unknown", "1"), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.ModelNotFound));
            Assert.That(engine.Health.IsModelServing("good"), Is.True);
            Assert.That(engine.Health.IsModelServing("bad"), Is.False);
            Assert.That(engine.Health.IsModelServing("unknown"), Is.Null);
        });
    }

    [Test]
    public async Task ModelServing_ServerNotReady_IsFalse()
    {
        using var engine = await TestEngine.LoadedAsync();
        var before = engine.Health.IsModelServing("m");
        engine.Lifecycle.Advance(ServerPhase.Grace);

        Assert.That((before, engine.Health.IsModelServing("m")), Is.EqualTo(((bool?)false, (bool?)false)));
    }

    [Test]
    public async Task Changed_PhaseOrState_IsRaised()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1);
        var changes = 0;
        engine.Health.Changed += () => changes++;

        engine.Lifecycle.Advance(ServerPhase.Running);
        var afterPhase = changes;
        await engine.LoadAsync();

        Assert.That((afterPhase, changes), Is.EqualTo((1, 4)));
    }
}
