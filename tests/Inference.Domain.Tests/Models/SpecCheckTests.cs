using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Models;

internal sealed class SpecCheckTests
{
    private static readonly TensorSpec[] Specs = [new("a", TensorType.Float32, [-1, 3]), new("b", TensorType.Int64, [-1])];

    [TestCase(2, 2)]
    [TestCase(0, 0)]
    public void Inputs_ThatFit_AreAcceptedInAnyOrder(int rows, int others) => Assert.That(() => Check(B(others), A(rows, 3)), Throws.Nothing);

    [Test]
    public void Inputs_Missing_NamesItAndWhatWasMeant()
    {
        Assert.That(Refused(A(1, 3)), Is.EqualTo("model 'm' version 1: input 'b' (INT64[-1]) is missing; got 'a'."));
        Assert.That(Refused(A(1, 3), ("bb", Ids(1))), Does.EndWith("Is input 'bb' meant?"));
    }

    [Test]
    public void Inputs_OneTooMany_NamesItAndWhatIsExpected() =>
        Assert.That(Refused(A(1, 3), B(1), ("c", Ids(1))), Is.EqualTo("model 'm' version 1: input 'c' is not known; expected 'a' FP32[-1,3], 'b' INT64[-1]."));

    [Test]
    public void Inputs_OtherType_TellsGotAndExpected() =>
        Assert.That(Refused(("a", Ids(1)), B(1)), Is.EqualTo("model 'm' version 1: input 'a' has datatype INT64, expected FP32."));

    [Test]
    public void Inputs_OtherShape_TellsGotAndExpected()
    {
        Assert.That(Refused(A(1, 4), B(1)), Is.EqualTo("model 'm' version 1: input 'a' has shape [1,4], expected [-1,3] (-1 is any size)."));
        Assert.That(Refused(("a", Tensor.Allocate(TensorType.Float32, TensorShape.Of(3))), B(1)), Does.Contain("has shape [3], expected [-1,3]"));
    }

    [Test]
    public void Inputs_OtherRows_AreRefusedOnlyWhereRowsAreShared()
    {
        Assert.That(Refused(A(2, 3), B(1)), Is.EqualTo("model 'm' version 1: input 'b' has 1 rows, but input 'a' has 2; the first dimension must be the same for all inputs."));
        Assert.That(() => SpecCheck.Inputs("m", Specs, Set(A(2, 3), B(1)), sharedRows: false), Throws.Nothing);
    }

    [Test]
    public void Inputs_ThatFit_AllocateNothing()
    {
        using var set = Set(A(2, 3), B(2));
        SpecCheck.Inputs("m", Specs, set, sharedRows: true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        SpecCheck.Inputs("m", Specs, set, sharedRows: true);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static (string Name, Tensor Tensor) A(long rows, long columns) => ("a", Tensor.Allocate(TensorType.Float32, TensorShape.Of(rows, columns)));

    private static (string Name, Tensor Tensor) B(long rows) => ("b", Ids(rows));

    private static Tensor Ids(long rows) => Tensor.Allocate(TensorType.Int64, TensorShape.Of(rows));

    private static string Refused(params (string, Tensor)[] tensors) => DomainErrors.InvalidArgument(() => Check(tensors));

    private static void Check(params (string, Tensor)[] tensors)
    {
        using var set = Set(tensors);
        SpecCheck.Inputs("model 'm' version 1", Specs, set, sharedRows: true);
    }

    private static TensorSet Set(params (string Name, Tensor Tensor)[] tensors)
    {
        var set = new TensorSet();
        foreach (var (name, tensor) in tensors)
            set.Add(name, tensor);
        return set;
    }
}
