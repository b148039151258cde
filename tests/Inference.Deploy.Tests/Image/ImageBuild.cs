namespace Inference.Deploy.Tests.Image;

/// <summary>Carries out the Dockerfile's instructions in folders, and keeps what the last stage says of how it is run.</summary>
internal sealed class ImageBuild : IDisposable
{
    private readonly Dictionary<string, ContainerFolder> _folders = [];
    private readonly BuildContext _context = new();
    private readonly Dockerfile _file;

    // What Microsoft's image for ASP.NET Core sets.
    private readonly Dictionary<string, string> _environment = new() { ["ASPNETCORE_HTTP_PORTS"] = "8080" };
    private string _folder = "/";

    public ImageBuild(Dockerfile file)
    {
        _file = file;
        Run(_file.Stages.Single(s => s.Name == "build"));
        var final = _file.Stages.Single(s => s.Name == "final");
        _environment.Clear();
        Run(final);
        Root = _folders["final"];
        WorkingFolder = _folder;
    }

    public ContainerFolder Root { get; }

    public string WorkingFolder { get; }

    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>The last of an instruction that the final stage has.</summary>
    public Dockerfile.Instruction Of(string name) => _file.Stages[^1].Instructions.Last(i => i.Name == name);

    public void Dispose()
    {
        foreach (var folder in _folders.Values)
            folder.Dispose();
    }

    private void Run(Dockerfile.Stage stage)
    {
        var folder = _folders[stage.Name] = new ContainerFolder();
        foreach (var instruction in stage.Instructions)
        {
            switch (instruction.Name)
            {
                case "ARG":
                    _environment[instruction.Rest] = _file.Arguments[instruction.Rest];
                    break;
                case "ENV":
                    foreach (var pair in Dockerfile.Words(instruction.Rest).Select(w => w.Split('=', 2)))
                        _environment[pair[0]] = pair[1];
                    break;
                case "WORKDIR":
                    _folder = instruction.Rest;
                    Directory.CreateDirectory(folder.At(_folder));
                    break;
                case "COPY":
                    Copy(folder, Dockerfile.Words(instruction.Rest));
                    break;
                case "RUN":
                    Execute(folder, instruction.Rest);
                    break;
                case "LABEL" or "USER" or "EXPOSE" or "HEALTHCHECK" or "STOPSIGNAL" or "ENTRYPOINT" or "CMD":
                    break;
                default:
                    throw new FormatException($"{instruction.Name} is not understood.");
            }
        }
    }

    private void Copy(ContainerFolder folder, string[] words)
    {
        var target = folder.At(Path.Combine(_folder, words[^1]));
        if (words[0].StartsWith("--from=", StringComparison.Ordinal))
        {
            var result = Tool.TryRun("cp", ["-r", _folders[words[0][7..]].At(words[1]) + "/.", target])!.Value;
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            return;
        }

        foreach (var source in words[..^1])
            Assert.That(_context.Copy(source, target, words[^1].EndsWith('/')), Is.GreaterThan(0), $"COPY {source}: no such file in the build's context");
    }

    private void Execute(ContainerFolder folder, string command)
    {
        // The analyzers have run where the checkout was built; no build servers may stay.
        var environment = new Dictionary<string, string>(_environment) { ["RunAnalyzers"] = "false", ["UseSharedCompilation"] = "false", ["MSBUILDDISABLENODEREUSE"] = "1" };
        var result = folder.Build(_folder, command, environment);
        Assert.That(result.ExitCode, Is.Zero, $"RUN {command}\n{result.Output}\n{result.Error}");
    }
}
