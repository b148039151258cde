using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class BatchingManifestReaderTests
{
    private static readonly BatchingOptions Defaults = new() { MaxRows = 48, MaxBytes = 4096 };

    [Test]
    public void Read_Everything_IsTaken()
    {
        var batching = Read(
            """
            batching:
              max_batch_rows: 32
              max_batch_bytes: 1000000
              max_delay: 500us
              preferred_batch_rows: [16, 8, 32]
              latency_target: 20ms
              split: false
              preserve_ordering: true
              inputs:
                input_ids: { pad: true, value: 7 }
                attention_mask: { pad: true }
                bias: { pad: false }
            """);
        Assert.Multiple(() =>
        {
            Assert.That(batching.PreferredRows, Is.EqualTo(new[] { 8, 16, 32 }));
            Assert.That(batching.Padding, Is.EqualTo(new[] { new PaddedInput("input_ids", 7), new PaddedInput("attention_mask", 0) }));
            Assert.That(batching with { PreferredRows = [], Padding = [] }, Is.EqualTo(new BatchingOptions
            {
                Enabled = true,
                IsAsked = true,
                MaxRows = 32,
                MaxBytes = 1_000_000,
                MaxDelay = TimeSpan.FromMicroseconds(500),
                LatencyTarget = TimeSpan.FromMilliseconds(20),
                Split = false,
                PreserveOrdering = true,
            }));
        });
    }

    [TestCase("", true, 48)]
    [TestCase("batching: on", true, 48)]
    [TestCase("batching: off", false, 48)]
    [TestCase("batching: {}", true, 48)]
    [TestCase("batching: { max_batch_rows: 1 }", true, 1)]
    [TestCase("batching: { max_batch_rows: 65536 }", true, 65536)]
    [TestCase("batching: { latency_target: 20ms }", true, BatchingOptions.DefaultMaxRowsWithTarget)]
    [TestCase("batching: { latency_target: 20ms, max_batch_rows: 100 }", true, 100)]
    [TestCase("batching: { latency_target: 0 }", true, 48)]
    public void Read_OnOffAndRows_HaveTheirDefaults(string text, bool enabled, int rows)
    {
        var batching = Read(text);
        Assert.That((batching.Enabled, batching.MaxRows, batching.MaxBytes), Is.EqualTo((enabled, rows, 4096L)));
    }

    [TestCase("", false)]
    [TestCase("batching: on", true)]
    [TestCase("batching: { max_batch_rows: 8 }", true)]
    public void Read_ServerHasItOff_ManifestDecides(string text, bool enabled) =>
        Assert.That(Read(text, Defaults with { Enabled = false }).Enabled, Is.EqualTo(enabled));

    [TestCase("", false)]
    [TestCase("batching: on", true)]
    [TestCase("batching: off", true)]
    [TestCase("batching: {}", true)]
    public void Read_WhetherTheManifestSaysSo_IsKept(string text, bool asked) => Assert.That(Read(text).IsAsked, Is.EqualTo(asked));

    [TestCase("batching: of", "p.yaml:1: 'batching' is 'of'; expected on, off, or keys with values")]
    [TestCase("batching: false", "'batching' is 'false'; expected on, off,")]
    [TestCase("batching:", "'batching' is ''; expected on, off,")]
    [TestCase("batching: [8]", "p.yaml:1: 'batching' must have keys with values.")]
    [TestCase("batching:\n  max_batch_row: 8", "p.yaml:2: key 'max_batch_row' is not known; known here: latency_target, max_batch_rows,")]
    [TestCase("batching:\n  max_batch_row: 8", "Did you mean 'max_batch_rows'?")]
    [TestCase("batching:\n  max_batch_rows: 0", "p.yaml:2: 'max_batch_rows' is '0'; expected a whole number from 1 to 65536.")]
    [TestCase("batching:\n  max_batch_bytes: 0", "p.yaml:2: 'max_batch_bytes' is '0'; expected a whole number of at least 1.")]
    [TestCase("batching:\n  max_delay: 5", "p.yaml:2: 'max_delay' is '5'; expected a number with its unit")]
    [TestCase("batching:\n  split: yes", "p.yaml:2: 'split' is 'yes'; expected true or false.")]
    [TestCase("batching:\n  preferred_batch_rows: [8, 65]\n  max_batch_rows: 64", "p.yaml:2: 'preferred_batch_rows' has '65'; expected whole numbers from 1 to 64, which is max_batch_rows.")]
    [TestCase("batching:\n  preferred_batch_rows: [49]", "from 1 to 48")]
    [TestCase("batching:\n  preferred_batch_rows: [0]", "has '0'")]
    [TestCase("batching:\n  preferred_batch_rows: [a]", "has 'a'")]
    [TestCase("batching:\n  preferred_batch_rows: [8, 8]", "p.yaml:2: 'preferred_batch_rows' has 8 twice")]
    [TestCase("batching:\n  preferred_batch_rows: 8", "p.yaml:2: 'preferred_batch_rows' must be a list of words")]
    [TestCase("batching:\n  max_delay: 20ms\n  latency_target: 20ms", "p.yaml:2: 'max_delay' is 20 ms, which the latency target of 20 ms leaves no room for")]
    [TestCase("batching:\n  inputs: [ids]", "p.yaml:2: 'inputs' must have keys with values.")]
    [TestCase("batching:\n  inputs:\n    ids: true", "p.yaml:3: 'ids' must have keys with values.")]
    [TestCase("batching:\n  inputs:\n    ids: { pads: true }", "p.yaml:3: key 'pads' is not known; known here: value, pad. Did you mean 'pad'?")]
    [TestCase("batching:\n  inputs:\n    ids: { pad: true, value: x }", "p.yaml:3: 'value' is 'x'; expected a number.")]
    [TestCase("batching:\n  inputs:\n    ids: { value: 1 }", "p.yaml:3: 'value' has no effect without pad: true.")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    private static BatchingOptions Read(string text, BatchingOptions? defaults = null) =>
        PipelineManifestReader.Read(YamlReader.Read(text, "p.yaml"), new ExecutionOptions { Batching = defaults ?? Defaults }).Execution.Batching;
}
