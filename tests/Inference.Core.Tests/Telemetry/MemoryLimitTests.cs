using Inference.Core.Telemetry;

namespace Inference.Core.Tests.Telemetry;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MemoryLimitTests : IDisposable
{
    private const long MachineBytes = 8_000_000L * 1024;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("inference-memory-");

    public MemoryLimitTests() => Write("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:         1 kB\n");

    public void Dispose() => _root.Delete(recursive: true);

    [Test]
    public void Read_WithoutGroups_IsTheMachines() => Assert.That(MemoryLimit.Read(_root.FullName), Is.EqualTo(MachineBytes));

    [Test]
    public void Read_NothingThere_IsNotKnown() => Assert.That(MemoryLimit.Read(Path.Combine(_root.FullName, "none")), Is.Null);

    // A container with groups of the second version sees its own at the top.
    [TestCase("2147483648\n", 2_147_483_648)]
    [TestCase("max\n", MachineBytes)]
    [TestCase("99999999999999\n", MachineBytes)]
    [TestCase("what\n", MachineBytes)]
    public void Read_SecondVersionAtTheTop_IsTheLeast(string limit, long expected)
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("sys/fs/cgroup/memory.max", limit);

        Assert.That(MemoryLimit.Read(_root.FullName), Is.EqualTo(expected));
    }

    [TestCase("500", "1000", 500)]
    [TestCase("1000", "500", 500)]
    [TestCase("max", "500", 500)]
    public void Read_GroupInAGroup_IsTheLeastOfBoth(string outer, string inner, long expected)
    {
        Write("proc/self/cgroup", "0::/pod/container\n");
        Write("sys/fs/cgroup/pod/memory.max", outer);
        Write("sys/fs/cgroup/pod/container/memory.max", inner);

        Assert.That(MemoryLimit.Read(_root.FullName), Is.EqualTo(expected));
    }

    // Mounted from the container's group on, although its path is told from the machine's.
    [TestCase("sys/fs/cgroup/memory/memory.limit_in_bytes")]
    [TestCase("sys/fs/cgroup/memory/kubepods/pod1/memory.limit_in_bytes")]
    public void Read_FirstVersion_IsTheMemoryControllers(string file)
    {
        Write("proc/self/cgroup", "9:name=systemd:/other\n4:cpu,cpuacct:/cpu\n3:memory:/kubepods/pod1\n");
        Write("sys/fs/cgroup/cpu/memory.limit_in_bytes", "7");
        Write("sys/fs/cgroup/memory/kubepods/memory.limit_in_bytes", "9223372036854771712\n");
        Write(file, "1073741824\n");

        Assert.That(MemoryLimit.Read(_root.FullName), Is.EqualTo(1_073_741_824));
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
