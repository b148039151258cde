using System.Text;
using Inference.Services.Tests.Fakes;

namespace Inference.Adapters.Cli.Tests;

/// <summary>Runs command lines against an engine over fakes, and keeps what they print.</summary>
internal sealed class Shell : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public Shell()
    {
        Engine = new TestEngine();
        Host = new FakeHost(Engine);
    }

    public TestEngine Engine { get; }

    public FakeHost Host { get; }

    public string StandardInput { get; set; } = string.Empty;

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public async Task<int> RunAsync(params string[] args)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var terminal = new Terminal(_output, _error, () => new MemoryStream(Encoding.UTF8.GetBytes(StandardInput)));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await CommandLine.RunAsync(args, Host, terminal, limit.Token);
    }

    public void Dispose()
    {
        Engine.Dispose();
        _output.Dispose();
        _error.Dispose();
    }
}
