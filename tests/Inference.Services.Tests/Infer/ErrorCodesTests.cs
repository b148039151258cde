using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Services.Tests.Infer;

public sealed class ErrorCodesTests
{
    [Test]
    public void Name_OfEveryCode_IsSnakeCaseAndUnique()
    {
        var names = Enum.GetValues<ErrorCode>().Select(c => c.Name()).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(names, Is.Unique);
            Assert.That(names, Has.All.Matches("^[a-z]+(_[a-z]+)*$"));
            Assert.That(ErrorCode.ModelNotFound.Name(), Is.EqualTo("model_not_found"));
        });
    }
}
