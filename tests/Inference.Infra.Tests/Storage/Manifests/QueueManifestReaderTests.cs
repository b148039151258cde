using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class QueueManifestReaderTests
{
    private static readonly QueueOptions Defaults = new() { MaxRows = 11, MaxBytes = 22, Timeout = TimeSpan.FromSeconds(3) };

    [Test]
    public void Read_Everything_IsTaken()
    {
        var queue = Read(
            """
            queue:
              max_rows: 100
              max_bytes: 2000
              timeout: 250ms
              priority_levels: 3
              default_priority: 2
              ageing: 0s
              levels:
                3: { max_rows: 10, max_bytes: 200, timeout: 1s }
                1: { max_rows: 50 }
            """);
        Assert.Multiple(() =>
        {
            Assert.That(queue.Levels, Is.EqualTo(new[]
            {
                new PriorityLevelOptions(1) { MaxRows = 50 },
                new PriorityLevelOptions(3) { MaxRows = 10, MaxBytes = 200, Timeout = TimeSpan.FromSeconds(1) },
            }));
            Assert.That(queue with { Levels = [] }, Is.EqualTo(new QueueOptions
            {
                MaxRows = 100,
                MaxBytes = 2000,
                Timeout = TimeSpan.FromMilliseconds(250),
                PriorityLevels = 3,
                DefaultPriority = 2,
                Ageing = TimeSpan.Zero,
            }));
        });
    }

    [TestCase("")]
    [TestCase("queue: {}")]
    public void Read_Nothing_GivesDefaults(string text) => Assert.That(Read(text), Is.EqualTo(Defaults));

    [Test]
    public void Read_TimeoutOfNone_TakesTheServersAway() => Assert.That(Read("queue: { timeout: 0 }").Timeout, Is.EqualTo(TimeSpan.Zero));

    [TestCase("queue:\n  max_row: 1", "p.yaml:2: key 'max_row' is not known; known here: priority_levels, max_rows,")]
    [TestCase("queue:\n  max_rows: 0", "p.yaml:2: 'max_rows' is '0'; expected a whole number of at least 1.")]
    [TestCase("queue:\n  max_bytes: lots", "p.yaml:2: 'max_bytes' is 'lots'")]
    [TestCase("queue:\n  timeout: 5", "p.yaml:2: 'timeout' is '5'; expected a number with its unit")]
    [TestCase("queue:\n  priority_levels: 33", "p.yaml:2: 'priority_levels' is '33'; expected a whole number from 1 to 32.")]
    [TestCase("queue:\n  default_priority: 2", "p.yaml:2: 'default_priority' is '2'; expected a whole number from 1 to 1.")]
    [TestCase("queue:\n  priority_levels: 2\n  default_priority: 0", "p.yaml:3: 'default_priority' is '0'; expected a whole number from 1 to 2.")]
    [TestCase("queue:\n  priority_levels: 2\n  levels:\n    3: { max_rows: 1 }", "p.yaml:3: 'levels' has '3'; expected a level from 1, the highest, to 2, which is priority_levels.")]
    [TestCase("queue:\n  levels: { 01: { max_rows: 1 } }", "'levels' has '01'")]
    [TestCase("queue:\n  levels: { high: { max_rows: 1 } }", "'levels' has 'high'")]
    [TestCase("queue:\n  levels: [1]", "p.yaml:2: 'levels' must have keys with values.")]
    [TestCase("queue:\n  levels:\n    1: { max_row: 1 }", "p.yaml:3: key 'max_row' is not known; known here: max_rows, max_bytes, timeout.")]
    [TestCase("queue: off", "p.yaml:1: 'queue' must have keys with values.")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    private static QueueOptions Read(string text) =>
        PipelineManifestReader.Read(YamlReader.Read(text, "p.yaml"), new ExecutionOptions { Queue = Defaults }).Execution.Queue;
}
