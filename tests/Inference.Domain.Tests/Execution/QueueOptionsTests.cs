using Inference.Domain.Execution;

namespace Inference.Domain.Tests.Execution;

internal sealed class QueueOptionsTests
{
    [TestCase(1, 0, 0ul, 1)]
    [TestCase(1, 0, 7ul, 1)]
    [TestCase(3, 0, 0ul, 2)]
    [TestCase(4, 0, 0ul, 2)]
    [TestCase(3, 0, 1ul, 1)]
    [TestCase(3, 0, 3ul, 3)]
    [TestCase(3, 0, 4ul, 2)]
    [TestCase(3, 3, 0ul, 3)]
    [TestCase(3, 3, ulong.MaxValue, 3)]
    public void LevelOf_Priority_TheLevelOrTheDefault(int levels, int defaultLevel, ulong asked, int expected) =>
        Assert.That(new QueueOptions { PriorityLevels = levels, DefaultPriority = defaultLevel }.LevelOf(asked), Is.EqualTo(expected));
}
