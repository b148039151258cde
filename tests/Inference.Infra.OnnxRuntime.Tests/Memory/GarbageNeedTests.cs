using Inference.Infra.OnnxRuntime.Memory;

namespace Inference.Infra.OnnxRuntime.Tests.Memory;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GarbageNeedTests
{
    private readonly GarbageNeed _need = new();

    [Test]
    public void Next_ServerDoesNotCollectByItself_OnceForSoMuchAndNotTooOften()
    {
        (int Collections, long Allocated, TimeSpan Now, bool Expected)[] table =
        [
            (0, GarbageNeed.Worth - 1, Seconds(1), false),
            (0, GarbageNeed.Worth, Seconds(2), true),
            (1, (2 * GarbageNeed.Worth) - 1, Seconds(20), false),
            (1, 2 * GarbageNeed.Worth, Seconds(20), true),
            (2, 9 * GarbageNeed.Worth, Seconds(29), false),
            (2, 9 * GarbageNeed.Worth, Seconds(30), true),
        ];

        Assert.That(table.Select(look => _need.Next(look.Collections, look.Allocated, look.Now)), Is.EqualTo(table.Select(look => look.Expected)));
    }

    [Test]
    public void Next_ServerCollectsByItself_LeavesItAlone()
    {
        for (var look = 1; look < 10; look++)
            Assert.That(_need.Next(look, look * 5 * GarbageNeed.Worth, Seconds(60 * look)), Is.False);
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
}
