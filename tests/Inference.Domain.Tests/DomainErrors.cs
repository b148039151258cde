namespace Inference.Domain.Tests;

/// <summary>Asserts on errors that callers are told about.</summary>
internal static class DomainErrors
{
    public static string Refusal(ErrorCode code, Action act)
    {
        var error = Assert.Throws<InferenceException>(act)!;
        Assert.That(error.Code, Is.EqualTo(code));
        return error.Message;
    }

    public static string InvalidArgument(Action act) => Refusal(ErrorCode.InvalidArgument, act);
}
