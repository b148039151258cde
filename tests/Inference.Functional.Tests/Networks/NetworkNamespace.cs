using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace Inference.Functional.Tests.Networks;

/// <summary>A network namespace of the test's own: a host of which nobody else on the machine sees anything. Deleted at the end.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int NetworkKind = 0x40000000;

    public NetworkNamespace()
    {
        Run("netns", "add", Name);
        Run("-n", Name, "link", "set", "lo", "up");
    }

    public string Name { get; } = $"inference-{Guid.NewGuid():N}"[..20];

    /// <summary>Puts this before a command to run it here.</summary>
    public string[] Prefix => ["ip", "netns", "exec", Name];

    /// <summary>Ends the test where there can be no namespaces, or no devices that a program drives.</summary>
    public static void Require()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Assert.Ignore("Network namespaces need Linux and root.");
        if (!File.Exists(TunDevice.Path))
            Assert.Ignore($"{TunDevice.Path} is not there: no network device that a program drives.");
        try
        {
            using var tried = new NetworkNamespace();
            using var device = new TunDevice(tried, "10.203.0.3/24");
        }
        catch (Win32Exception e)
        {
            Assert.Ignore($"A network namespace with a device cannot be made: {e.Message}");
        }
    }

    /// <summary>Runs <c>ip</c> with these arguments.</summary>
    public static void Run(params string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        if (ip.ExitCode != 0)
            throw new Win32Exception($"ip {string.Join(' ', arguments)}: {error.Trim()}");
    }

    /// <summary>Does something on a thread that is in this namespace; what it opens stays there.</summary>
    public async Task<T> InsideAsync<T>(Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using var place = File.OpenHandle($"/run/netns/{Name}");
                if (Enter(place, NetworkKind) != 0)
                    throw new Win32Exception();
                result.SetResult(work());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });

        // It ends with its work, since it can serve nobody else any more.
        thread.Start();
        return await result.Task;
    }

    /// <summary>HTTP from here.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        ConnectCallback = async (context, cancellation) =>
        {
            var socket = await InsideAsync(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
            try
            {
                await socket.ConnectAsync(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    public void Dispose() => Run("netns", "del", Name);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int Enter(SafeFileHandle place, int kind);
}
