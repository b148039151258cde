using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Inference.Functional.Tests.Networks;

/// <summary>A network device whose cable is this object: what the host sends is read here, what is written here reaches the host.</summary>
internal sealed partial class TunDevice : IDisposable
{
    public const string Path = "/dev/net/tun";
    private const string Name = "link0";
    private const int NameBytes = 16, RequestBytes = 40;
    private const short WholePackets = 0x1001;
    private const uint SetName = 0x400454ca;
    private const short CanRead = 1;
    private readonly SafeFileHandle _file;

    /// <summary>Makes it in a namespace and gives it an address, such as <c>10.0.0.1/24</c>.</summary>
    public TunDevice(NetworkNamespace place, string address)
    {
        _file = place.InsideAsync(Open).GetAwaiter().GetResult();
        NetworkNamespace.Run("-n", place.Name, "addr", "add", address, "dev", Name);
        NetworkNamespace.Run("-n", place.Name, "link", "set", Name, "up");
    }

    /// <summary>Waits so many milliseconds for a packet; 0 where none came.</summary>
    public unsafe int Read(Span<byte> packet, int milliseconds)
    {
        var wait = new Wait { File = (int)_file.DangerousGetHandle(), Events = CanRead, Found = 0 };
        if (Poll(&wait, 1, milliseconds) <= 0)
            return 0;
        fixed (byte* bytes = packet)
            return Math.Max(0, (int)Read(_file, bytes, packet.Length));
    }

    /// <summary>Hands a packet to the host, which throws it away where its device is down.</summary>
    public unsafe void Write(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
            _ = Write(_file, bytes, packet.Length);
    }

    public void Dispose() => _file.Dispose();

    private static unsafe SafeFileHandle Open()
    {
        var file = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> request = stackalloc byte[RequestBytes];
        request.Clear();
        Encoding.ASCII.GetBytes(Name, request);
        BinaryPrimitives.WriteInt16LittleEndian(request[NameBytes..], WholePackets);
        fixed (byte* bytes = request)
        {
            if (Control(file, SetName, bytes) == 0)
                return file;
        }

        var error = new Win32Exception();
        file.Dispose();
        throw error;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeFileHandle file, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(Wait* waits, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(SafeFileHandle file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(SafeFileHandle file, byte* bytes, nint count);

    private struct Wait
    {
        public int File;
        public short Events;
        public short Found;
    }
}
