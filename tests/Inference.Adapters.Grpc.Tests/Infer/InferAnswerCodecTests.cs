using CsCheck;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tests.Infer.Reference;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class InferAnswerCodecTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(Gen.Const(string.Empty), Gen.String[Gen.Char['a', '\u4000'], 0, 300]);

    private static readonly Gen<IReadOnlyDictionary<string, object>> AnyParameters = Gen.OneOf(
        Gen.Bool.Select(b => (object)b),
        Gen.Long.Select(l => (object)l),
        Gen.ULong.Select(u => (object)u),
        Gen.Double.Select(d => (object)d),
        Texts.Select(t => (object)t)).Array[0, 4].Select(values => (IReadOnlyDictionary<string, object>)values.Index().ToDictionary(v => v.Index == 0 ? string.Empty : $"p{v.Index}", v => v.Item));

    private static readonly Gen<TensorSet> Outputs = Gen.Enum<TensorType>().SelectMany(TensorGen.Of).Array[0, 3].Select(tensors =>
    {
        var set = new TensorSet();
        foreach (var (i, tensor) in tensors.Index())
            set.Add($"y{i}", tensor);
        return set;
    });

    private static readonly Gen<InferAnswer> Answers = Gen.Select(Texts, Texts, AnyParameters, Outputs, Gen.Bool, (model, id, parameters, outputs, typed) =>
        new InferAnswer(model, "3", id, parameters, outputs, typed ? TensorForm.Typed : TensorForm.Raw));

    [Test]
    public void Write_AnyAnswer_IsReadAsTheMessage() =>
        Answers.Sample(answer => Assert.That(ModelInferResponse.Parser.ParseFrom(Codec.Write(answer)), Is.EqualTo(InferResponseMapper.Encode(answer))));

    [Test]
    public void WriteStreamed_AnyAnswer_IsReadAsTheMessage() =>
        Answers.Sample(answer => Assert.That(
            ModelStreamInferResponse.Parser.ParseFrom(Codec.WriteStreamed(answer)), Is.EqualTo(new ModelStreamInferResponse { InferResponse = InferResponseMapper.Encode(answer) })));

    [Test]
    public void WriteStreamed_Failure_HasItsTextAndTheId() => Texts.Sample(id =>
        Assert.That(
            ModelStreamInferResponse.Parser.ParseFrom(Codec.WriteStreamed(InferAnswer.Failed(id, "why, 漢"))),
            Is.EqualTo(new ModelStreamInferResponse { ErrorMessage = "why, 漢", InferResponse = new ModelInferResponse { Id = id } })));

    [TestCase(TensorForm.Typed, TensorType.Float32, TensorForm.Typed)]
    [TestCase(TensorForm.Raw, TensorType.Float32, TensorForm.Raw)]
    [TestCase(TensorForm.Typed, TensorType.Float16, TensorForm.Raw)]
    public void Form_OfAnAnswer_IsTheAskedOneWhereAllOutputsHaveIt(TensorForm asked, TensorType second, TensorForm expected)
    {
        var outputs = new TensorSet().Add("a", Tensor.Allocate(TensorType.Int64, TensorShape.Of(1))).Add("b", Tensor.Allocate(second, TensorShape.Of(1)));
        using var answer = new InferAnswer("m", "1", string.Empty, outputs: outputs, form: asked);
        Assert.That(answer.Form, Is.EqualTo(expected));
    }

    [Test]
    public void Write_ParameterOfAnotherType_IsADefect() =>
        Assert.That(() => Codec.Write(new InferAnswer("m", "1", string.Empty, new Dictionary<string, object> { ["p"] = 1f })), Throws.ArgumentException);
}
