using CsCheck;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Errors;

internal sealed class StatusTests
{
    [TestCase(ErrorCode.InvalidArgument, StatusCode.InvalidArgument)]
    [TestCase(ErrorCode.VersionRequired, StatusCode.InvalidArgument)]
    [TestCase(ErrorCode.ModelNotFound, StatusCode.NotFound)]
    [TestCase(ErrorCode.VersionNotFound, StatusCode.NotFound)]
    [TestCase(ErrorCode.NotReady, StatusCode.Unavailable)]
    [TestCase(ErrorCode.ShuttingDown, StatusCode.Unavailable)]
    [TestCase(ErrorCode.LoadFailed, StatusCode.FailedPrecondition)]
    [TestCase(ErrorCode.WrongMode, StatusCode.FailedPrecondition)]
    [TestCase(ErrorCode.Overloaded, StatusCode.ResourceExhausted)]
    [TestCase(ErrorCode.MessageTooLarge, StatusCode.ResourceExhausted)]
    [TestCase(ErrorCode.DeadlineExceeded, StatusCode.DeadlineExceeded)]
    [TestCase(ErrorCode.Cancelled, StatusCode.Cancelled)]
    [TestCase(ErrorCode.ExecutionFailed, StatusCode.Internal)]
    [TestCase(ErrorCode.Internal, StatusCode.Internal)]
    [TestCase(ErrorCode.NotSupported, StatusCode.Unimplemented)]
    public void Status_Code_IsTheTables(ErrorCode code, StatusCode expected) => Assert.That(StatusTable.Status(code, "text"), Is.EqualTo(new Status(expected, "text")));

    [Test]
    public void Codes_Table_HasEveryErrorCode() => Assert.That(StatusTable.Codes.Keys, Is.EquivalentTo(Enum.GetValues<ErrorCode>()));

    [TestCase("a")]
    [TestCase("%")]
    [TestCase("\u6f22")]
    [TestCase("\U0001F600")]
    [TestCase("\n")]
    public void Bound_LongText_FitsTheTrailer(string unit)
    {
        var bounded = StatusText.Bound(string.Concat(Enumerable.Repeat(unit, 100_000)));
        Assert.That(Uri.EscapeDataString(bounded).Length, Is.LessThanOrEqualTo(StatusText.MaxEncodedBytes));
        Assert.That(bounded, Does.EndWith("…"));
    }

    [Test]
    public void Bound_AnyText_IsPrintableWellFormedAndFits() => Gen.String[0, 3000].Sample(text =>
    {
        var bounded = StatusText.Bound(text);
        return StatusText.EncodedLength(bounded) <= StatusText.MaxEncodedBytes
            && !bounded.Any(char.IsControl)
            && !bounded.EnumerateRunes().Any(r => r == System.Text.Rune.ReplacementChar && !text.Contains('\uFFFD', StringComparison.Ordinal));
    });

    [Test]
    public void Bound_ShortText_IsUnchanged() => Assert.That(StatusText.Bound("model 'é' 100%"), Is.EqualTo("model 'é' 100%"));

    [Test]
    public void EncodedLength_Text_CountsEscapes() => Assert.That(StatusText.EncodedLength("a%é漢\U0001F600"), Is.EqualTo(1 + 3 + 6 + 9 + 12));
}
