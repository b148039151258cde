using System.Diagnostics;

namespace Inference.Deploy.Tests.Image;

/// <summary>
/// A folder that stands for a container's file system, and commands that run in it. The base images are not at hand: the
/// programs and the .NET of this machine take their place.
/// </summary>
internal sealed class ContainerFolder : IDisposable
{
    private const string SearchPath = "/dotnet:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly string Enter = Path.Combine(DeployFolder.Root, "tests", "Inference.Deploy.Tests", "Image", "enter.sh");
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("inference-image-");

    public ContainerFolder()
    {
        foreach (var folder in new[] { "usr", "etc", "proc", "dev", "tmp", "dotnet" })
            _root.CreateSubdirectory(folder);
        foreach (var link in new[] { "bin", "sbin", "lib", "lib64" })
            File.CreateSymbolicLink(At(link), $"usr/{link}");
        if (!OperatingSystem.IsWindows())
            _root.UnixFileMode = (UnixFileMode)493;
    }

    public string At(string path) => Path.Combine(_root.FullName, path.TrimStart('/'));

    /// <summary>A command of the build, which may write.</summary>
    public (int ExitCode, string Output, string Error) Build(string workingFolder, string command, IReadOnlyDictionary<string, string> environment) =>
        Tool.TryRun("unshare", ["--mount", "bash", Enter, _root.FullName, "writable", DotnetRoot(), "env", $"PATH={SearchPath}", "bash", "-c", $"cd '{workingFolder}' && {command}"], environment: environment)!.Value;

    /// <summary>Starts a program as a user without rights, on a file system that is read-only, with a network of its own.</summary>
    public Process Start(string user, string workingFolder, IReadOnlyDictionary<string, string> environment, string[] command) => Process.Start(new ProcessStartInfo(
        "unshare",
        ["--mount", "--net", "bash", Enter, _root.FullName, "read-only", DotnetRoot(), .. AsUser(user), .. Clean(workingFolder, environment), .. command])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs a command beside a program that was started, as that is run.</summary>
    public static (int ExitCode, string Output, string Error) RunBeside(Process program, string user, IReadOnlyDictionary<string, string> environment, string[] command) =>
        Tool.TryRun("nsenter", [$"--target={program.Id}", "--mount", "--net", "--root", .. AsUser(user), .. Clean("/", environment), .. command])!.Value;

    public void Dispose() => _root.Delete(recursive: true);

    private static string[] AsUser(string user) =>
        ["setpriv", $"--reuid={user.Split(':')[0]}", $"--regid={user.Split(':')[1]}", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"];

    private static string[] Clean(string folder, IReadOnlyDictionary<string, string> variables) => ["env", "-i", $"--chdir={folder}", $"PATH={SearchPath}", .. variables.Select(v => $"{v.Key}={v.Value}")];

    // .NET tells programs where it lies itself: lib/<version> of the shared framework is three below its top.
    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
}
