using Inference.Infra.OnnxRuntime.Hosting;

namespace Inference.Infra.OnnxRuntime.Tests.Hosting;

internal sealed class ThreadNicenessTests
{
    private const int Nice = 18;
    private const int Policy = 40;

    [TestCase(7, "0", "7")]
    [TestCase(19, "0", "19")]
    [TestCase(ThreadNiceness.Idle, "5", null)]
    public void Run_Niceness_IsThatOfItsThread(int niceness, string policy, string? nice)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("threads have a niceness of their own on Linux only.");
        var fields = ThreadNiceness.Run(niceness, Fields);

        // One that is idle has a niceness, too, by which nothing goes.
        Assert.That((fields[Policy], nice is null ? null : fields[Nice]), Is.EqualTo((policy, nice)));
    }

    // By the numbers that proc(5) gives, from 0; the name, which may hold spaces, counts as one.
    private static string[] Fields()
    {
        var text = File.ReadAllText("/proc/thread-self/stat");
        return ["", "", .. text[(text.LastIndexOf(')') + 2)..].Split(' ')];
    }
}
