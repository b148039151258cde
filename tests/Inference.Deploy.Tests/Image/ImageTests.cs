using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection.PortableExecutable;

namespace Inference.Deploy.Tests.Image;

/// <summary>The image's stages and its entry point, carried out without a container engine.</summary>
internal sealed class ImageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly Dictionary<string, string> Cpu = new() { ["FLAVOR"] = "cpu" };
    private ImageBuild? _image;

    private ImageBuild Image => _image!;

    private string User => Image.Of("USER").Rest;

    [OneTimeSetUp]
    public void Build()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Assert.Ignore("Only root on Linux can run the image's stages in namespaces of their own.");
        if (Tool.TryRun("unshare", ["--mount", "--net", "ip", "link", "set", "lo", "up"]) is not { ExitCode: 0 })
            Assert.Ignore("The image's stages need unshare (Debian package util-linux), ip (iproute2) and a kernel that lets them make namespaces.");
        _image = new ImageBuild(new Dockerfile(File.ReadAllText(DeployFolder.At("Dockerfile")), Cpu));
    }

    [OneTimeTearDown]
    public void CleanUp() => _image?.Dispose();

    [Test]
    public void Stages_OfTheCpuImage_GiveTheProgramAndNothingOfOtherSystems()
    {
        var app = Image.Root.At(Image.WorkingFolder);

        Assert.Multiple(() =>
        {
            Assert.That(File.Exists(Path.Combine(app, "inference.dll")), Is.True);
            Assert.That(File.Exists(Path.Combine(app, "inference.deps.json")), Is.True, "the list of packages that scanners read");
            Assert.That(Directory.GetFiles(app, "*.pdb"), Is.Empty);
            Assert.That(Directory.GetDirectories(Path.Combine(app, "runtimes")).Select(Path.GetFileName), Is.Not.Empty.And.All.StartsWith("linux-"));
            Assert.That(Directory.GetDirectories(Image.Root.At("/models")).Select(Path.GetFileName), Does.Contain("iris"));
        });
    }

    [Test]
    public void Assemblies_OfTheImage_AreCompiledToMachineCode()
    {
        var app = Image.Root.At(Image.WorkingFolder);

        foreach (var name in new[] { "inference.dll", "Inference.Services.dll", "Google.Protobuf.dll" })
        {
            using var assembly = new PEReader(File.OpenRead(Path.Combine(app, name)));
            Assert.That(assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size, Is.Positive, name);
        }
    }

    [Test]
    public async Task EntryPoint_AsItsUserOnAReadOnlyFileSystem_ServesIsHealthyAndStopsOnItsSignal()
    {
        var log = new ConcurrentQueue<string?>();
        using var server = Image.Root.Start(User, Image.WorkingFolder, Image.Environment, [.. Image.Of("ENTRYPOINT").Exec, .. Image.Of("CMD").Exec]);
        try
        {
            server.OutputDataReceived += (_, line) => log.Enqueue(line.Data);
            server.ErrorDataReceived += (_, line) => log.Enqueue(line.Data);
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
            Healthy(server, log);

            var status = (await File.ReadAllLinesAsync($"/proc/{server.Id}/status")).Select(l => l.Split('\t', 2)).ToDictionary(l => l[0], l => l[^1]);
            Assert.That(status["Uid:"].Split('\t'), Is.All.EqualTo(User.Split(':')[0]));
            Assert.That(ulong.Parse(status["CapBnd:"], NumberStyles.HexNumber, CultureInfo.InvariantCulture), Is.Zero, "capabilities");
            Assert.That(Beside(server, "touch", "/app/file").Error, Does.Contain("Read-only"));
            Assert.That(Beside(server, "touch", "/tmp/file").ExitCode, Is.Not.Zero);

            string[] infer = ["infer", "iris", "--version", "1", "--input", "sepal_length=[6.7]", "--input", "sepal_width=[3.0]", "--input", "petal_length=[5.2]", "--input", "petal_width=[2.3]", "--output", "label"];
            var answer = Beside(server, [.. Image.Of("ENTRYPOINT").Exec, .. infer, "--server", "http://127.0.0.1:8001"]);
            Assert.That(answer.Output, Does.Contain("\"virginica\""), answer.Error);

            Assert.That(Image.Of("STOPSIGNAL").Rest, Is.EqualTo("SIGTERM"));
            Tool.TryRun("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)]);
            using var limit = new CancellationTokenSource(Limit);
            await server.WaitForExitAsync(limit.Token);
            Assert.That(server.ExitCode, Is.Zero, string.Join('\n', log));
            Assert.That(string.Join('\n', log), Does.Contain("Drained").And.Contain("Stopped").And.Not.Contain("\"LogLevel\":\"Error\""));
        }
        finally
        {
            if (!server.HasExited)
                server.Kill(entireProcessTree: true);
        }
    }

    // As an engine asks: again and again until the start period is over.
    private void Healthy(Process server, ConcurrentQueue<string?> log)
    {
        var start = TimeProvider.System.GetTimestamp();
        var check = Image.Of("HEALTHCHECK").Exec;
        while (Beside(server, check) is { ExitCode: not 0 } result)
        {
            if (server.HasExited || TimeProvider.System.GetElapsedTime(start) > Limit)
                Assert.Fail($"not healthy: {result.Error}\n{string.Join('\n', log)}");
        }
    }

    private (int ExitCode, string Output, string Error) Beside(Process server, params string[] command) => ContainerFolder.RunBeside(server, User, Image.Environment, command);
}
