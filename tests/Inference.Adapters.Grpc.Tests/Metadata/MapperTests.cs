using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Repository;

namespace Inference.Adapters.Grpc.Tests.Metadata;

internal sealed class MapperTests
{
    [Test]
    public void Encode_Datatype_HasAWordOfItsOwn()
    {
        var words = Enum.GetValues<TensorType>().Select(ModelConfigMapper.Encode).ToList();
        Assert.That(words, Is.EquivalentTo(Enum.GetValues<DataType>().Where(d => d != DataType.TypeInvalid)));
    }

    [TestCase(PipelineState.Loading, "LOADING")]
    [TestCase(PipelineState.WarmingUp, "LOADING")]
    [TestCase(PipelineState.Ready, "READY")]
    [TestCase(PipelineState.Draining, "UNLOADING")]
    [TestCase(PipelineState.Unloaded, "UNAVAILABLE")]
    [TestCase(PipelineState.Failed, "UNAVAILABLE")]
    public void Encode_State_IsTheProtocolsWithAReasonWhereNotReady(PipelineState state, string expected)
    {
        var model = RepositoryIndexMapper.Encode([new IndexEntry("m", "1", state, string.Empty)]).Models.Single();
        Assert.That(model.State, Is.EqualTo(expected));
        Assert.That(model.Reason, state == PipelineState.Ready ? Is.Empty : Is.Not.Empty);
    }
}
