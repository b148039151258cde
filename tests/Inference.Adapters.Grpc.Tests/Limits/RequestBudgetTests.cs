using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Limits;

internal sealed class RequestBudgetTests
{
    private readonly RejectionMetrics _metrics = new();
    private RequestBudget _budget = null!;

    [SetUp]
    public void Create() => _budget = new RequestBudget(new GrpcAdapterOptions(50, 100, "s", "1"), _metrics);

    [TearDown]
    public void GiveAll() => _budget.Give(_budget.Taken);

    [Test]
    public void Take_AboveTheLimit_NamesNumbersAndOptionAndTakesNothing()
    {
        _budget.Take(70, held: 0);
        var error = Assert.Throws<InferenceException>(() => _budget.Take(31, held: 0));
        Assert.That(error!.Code, Is.EqualTo(ErrorCode.Overloaded));
        Assert.That(error.Message, Does.Contain("hold 70 bytes").And.Contain("needs 31 more").And.Contain("takes 100").And.Contain("Admission:MaxRequestBytes"));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(_budget.Taken, Is.EqualTo(70));
        Assert.That(() => _budget.Take(30, held: 0), Throws.Nothing);
    }

    [Test]
    public void Take_RequestThatIsAlone_MayExceedTheLimit()
    {
        _budget.Take(60, held: 0);
        Assert.That(() => _budget.Take(500, held: 60), Throws.Nothing);
        Assert.That(() => _budget.Take(1, held: 0), Throws.TypeOf<InferenceException>());
    }
}
