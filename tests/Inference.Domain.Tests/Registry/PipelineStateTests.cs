using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class PipelineStateTests
{
    private static readonly Dictionary<PipelineState, PipelineState[]> Table = new()
    {
        [PipelineState.Loading] = [PipelineState.WarmingUp, PipelineState.Failed, PipelineState.Unloaded],
        [PipelineState.WarmingUp] = [PipelineState.Ready, PipelineState.Failed, PipelineState.Unloaded],
        [PipelineState.Ready] = [PipelineState.Draining],
        [PipelineState.Draining] = [PipelineState.Unloaded],
        [PipelineState.Unloaded] = [PipelineState.Loading],
        [PipelineState.Failed] = [PipelineState.Loading],
        [PipelineState.Dormant] = [PipelineState.Loading, PipelineState.Unloaded],
    };

    [Test]
    public void CanBecome_EveryPair_IsAsTheTableHasIt()
    {
        foreach (var from in Enum.GetValues<PipelineState>())
        {
            foreach (var to in Enum.GetValues<PipelineState>())
                Assert.That(from.CanBecome(to), Is.EqualTo(Table[from].Contains(to)), $"{from} to {to}");
        }
    }
}
