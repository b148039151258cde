using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

internal sealed class ReadErrorTests
{
    private static readonly Exception[] Errors =
    [
        new UnauthorizedAccessException("Access to the path '/srv/models/x' is denied."),
        new FileNotFoundException("Could not find file '/srv/models/x'."),
        new DirectoryNotFoundException("Could not find a part of the path '/srv/models/x'."),
        new PathTooLongException("The path '/srv/models/x' is too long."),
        new IOException("Input/output error : '/srv/models/x'", 5),
    ];

    [TestCaseSource(nameof(Errors))]
    public void Describe_ErrorOfTheFileSystem_HasARemedyAndNoPath(Exception error)
    {
        Assert.That(ReadError.Is(error), Is.True);
        Assert.That(ReadError.Describe(error), Does.Not.Contain("/srv").And.Contains(";").And.EndsWith("."));
    }

    [Test]
    public void Is_OtherErrors_AreNot() => Assert.That(ReadError.Is(new InvalidOperationException()), Is.False);
}
