using NUnit.Framework;

namespace Inference.Functional.Tests.Hosting;

/// <summary>
/// One server for all tests of a fixture. After each test no tensor buffer may still be rented, no byte of the budget
/// of requests be taken, and the server may have logged no error that the test did not declare.
/// </summary>
internal abstract class ServerFixture
{
    private readonly List<string> _expectedErrors = [];
    private int _errorsSeen;

    protected RunningServer Server { get; private set; } = null!;

    protected abstract string Repository { get; }

    protected virtual (string Key, string Value)[] Settings => [];

    [OneTimeSetUp]
    public async Task StartServer()
    {
        Server = await RunningServer.StartAsync(Repository, Settings);
        _errorsSeen = Server.Log.Errors.Count();
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    [TearDown]
    public void VerifyNothingLeftBehind()
    {
        var errors = Server.Log.Errors.Skip(_errorsSeen).ToList();
        _errorsSeen += errors.Count;
        var undeclared = errors.Where(e => !_expectedErrors.Any(x => e.Text.Contains(x, StringComparison.Ordinal))).ToList();
        _expectedErrors.Clear();
        Assert.Multiple(() =>
        {
            Leftovers.VerifyTensors();
            Leftovers.VerifyBudget(Server.Services);
            Assert.That(undeclared, Is.Empty, "errors in the server's log");
        });
    }

    /// <summary>Declares that the server will log an error with this text.</summary>
    protected void ExpectErrorLog(string text) => _expectedErrors.Add(text);
}
