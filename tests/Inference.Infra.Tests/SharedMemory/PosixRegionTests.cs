using System.Runtime.InteropServices;
using CsCheck;
using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Infra.SharedMemory;

namespace Inference.Infra.Tests.SharedMemory;

internal sealed partial class PosixRegionTests
{
    private const int Page = 4096;
    private static readonly long[] Extremes = [long.MinValue, long.MaxValue, int.MaxValue, uint.MaxValue];
    private readonly PosixSharedMemory _memory = new(string.Empty);

    [SetUp]
    public void RequireLinux() => ShmObject.Require();

    [TestCase(0, 100)]
    [TestCase(1, 99)]
    [TestCase(Page + 12, 3 * Page)]
    public void Open_PartOfAnObject_ReadsAndWritesThatPart(int offset, int size)
    {
        using var shm = new ShmObject(8 * Page);
        byte[] data = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 7))];
        shm.Write(offset, data);
        var region = _memory.Open("r", shm.Name, offset, size);
        var read = new byte[size];
        region.Read(0, read);
        region.Write(1, [1, 2, 3]);
        Assert.Multiple(() =>
        {
            Assert.That(read, Is.EqualTo(data));
            Assert.That(Native(region.Address, 1), Is.EqualTo(data[..1]), "the mapping begins where the region does");
            Assert.That(shm.Read(offset + 1, 3), Is.EqualTo(new byte[] { 1, 2, 3 }));
        });
        region.Release();
    }

    [Test]
    public void Take_AnyPlace_IsTakenOnlyWithinTheRegion()
    {
        using var shm = new ShmObject(3 * Page);
        var region = _memory.Open("r", shm.Name, 100, 2 * Page);
        var number = Gen.OneOf(Gen.Long, Gen.Long[-5, (2 * Page) + 5], Gen.Int[0, 3].Select(i => Extremes[i]));
        Gen.Select(number, number).Sample((offset, size) =>
        {
            var inside = offset >= 0 && size >= 0 && (Int128)offset + size <= region.ByteSize;
            try
            {
                var range = region.Take(new SharedLocation("r", size, offset), "input 'x'");
                Assert.That(inside);
                Assert.That((range.Offset, range.Length, range.Memory.Length), Is.EqualTo((offset, (int)size, (int)size)));
                range.Release();
            }
            catch (InferenceException e)
            {
                Assert.That((inside, e.Code), Is.EqualTo((false, ErrorCode.InvalidArgument)), e.Message);
            }
        });
        region.Release();
    }

    [Test]
    public void Open_AnyPlace_IsTakenOnlyWithinTheObject()
    {
        const int size = (2 * Page) + 17;
        using var shm = new ShmObject(size);
        var number = Gen.OneOf(Gen.Long, Gen.Long[-5, size + 5], Gen.Int[0, 3].Select(i => Extremes[i]));
        Gen.Select(number, number).Sample(
            (offset, bytes) =>
            {
                var inside = offset >= 0 && bytes >= 1 && (Int128)offset + bytes <= size;
                try
                {
                    var region = _memory.Open("r", shm.Name, offset, bytes);
                    Assert.That(inside);
                    region.Release();
                }
                catch (InferenceException e)
                {
                    Assert.That((inside, e.Code), Is.EqualTo((false, ErrorCode.InvalidArgument)), e.Message);
                }
            },
            iter: 2000);
    }

    [Test]
    public void Address_ObjectThatShrinksUnderNativeCode_IsLostAndTheProcessLives()
    {
        using var shm = new ShmObject(64 * Page);
        shm.Write(0, [.. Enumerable.Repeat((byte)9, 64 * Page)]);
        var region = _memory.Open("r", shm.Name, 0, 64 * Page);
        var other = _memory.Open("other", shm.Name, 0, Page);
        Assert.That(Native(region.Address, 64 * Page), Has.All.EqualTo(9));
        shm.Resize(Page);
        var data = Native(region.Address, 64 * Page);
        Assert.Multiple(() =>
        {
            Assert.That(data[..Page], Has.All.EqualTo(9), "what is still there");
            Assert.That(data[Page..], Has.All.EqualTo(0), "what went away");
            Assert.That((region.IsLost, other.IsLost), Is.EqualTo((true, false)));
            Assert.That(() => region.Take(new SharedLocation("r", 1), "input 'x'"), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionLost).And.Message.Contains("register it again"));
            Assert.That(() => region.Read(0, new byte[2 * Page]), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionLost));
        });
        region.Release();
        other.Release();
    }

    [Test]
    public void Address_ManyThreadsWhileTheObjectShrinksAndGrows_NeverKillTheProcess()
    {
        using var shm = new ShmObject(32 * Page);
        for (var round = 0; round < 50; round++)
        {
            shm.Resize(32 * Page);
            var region = _memory.Open("r", shm.Name, 0, 32 * Page);
            Parallel.Invoke(
                () => Native(region.Address, 32 * Page),
                () => Native(region.Address, 32 * Page),
                () => shm.Resize(0),
                () => TryRead(region));
            Native(region.Address, 32 * Page);
            Assert.That(region.IsLost);
            region.Release();
        }
    }

    [Test]
    public void Take_ObjectThatHasShrunk_SaysSoBeforeItIsTouched()
    {
        using var shm = new ShmObject(4 * Page);
        var region = _memory.Open("r", shm.Name, 0, 4 * Page);
        shm.Resize(2 * Page);
        region.Take(new SharedLocation("r", Page), "input 'x'").Release();
        Assert.Multiple(() =>
        {
            Assert.That(
                () => region.Take(new SharedLocation("r", Page, 2 * Page), "input 'x'"),
                Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionLost).And.Message.Contains($"which has {2 * Page} bytes now"));
            Assert.That(() => region.Write(2 * Page, [1]), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionLost));
            Assert.That(new FileInfo(shm.Path).Length, Is.EqualTo(2 * Page), "a write does not make it larger");
            Assert.That(region.IsLost, Is.False);
        });
        region.Release();
    }

    [Test]
    public void Release_LastUseAfterTheOwnersOne_LetsItGo()
    {
        using var shm = new ShmObject(Page);
        var region = _memory.Open("r", shm.Name, 0, Page);
        var closed = 0;
        region.Closed = _ => closed++;
        var range = region.Take(new SharedLocation("r", 10), "input 'x'");
        region.Release();
        Assert.That((closed, Maps(shm)), Is.EqualTo((0, true)), "in use");
        Assert.That(range.Memory.Span.ToArray(), Has.All.EqualTo(0));
        range.Release();
        Assert.That((closed, Maps(shm), Opens(shm)), Is.EqualTo((1, false, false)), "let go");
        Assert.That(region.TryRetain(), Is.False);
    }

    [Test]
    public void Memory_OfARange_IsTheMappingForNativeCodeAndACopyForManaged()
    {
        var rented = TensorPool.Shared.Rented;
        using var shm = new ShmObject(Page);
        shm.Write(0, [1, 2, 3, 4]);
        var region = _memory.Open("r", shm.Name, 0, Page);
        var range = region.Take(new SharedLocation("r", 3, 1), "input 'x'");
        using (var pin = range.Memory.Pin())
            Assert.That(Native(Pointer(pin), 3), Is.EqualTo(new byte[] { 2, 3, 4 }));
        Assert.That(range.Memory.Span.ToArray(), Is.EqualTo(new byte[] { 2, 3, 4 }));
        shm.Write(1, [9]);
        Assert.Multiple(() =>
        {
            Assert.That(range.Memory.Span[0], Is.EqualTo(2), "what was checked is what is used");
            Assert.That(Native(range.Address, 1)[0], Is.EqualTo(9));
        });
        range.Release();
        region.Release();
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [Test]
    public void Overlaps_RangesOfTwoRegions_AreComparedWithinTheirObject()
    {
        using var shm = new ShmObject(4 * Page);
        using var elsewhere = new ShmObject(4 * Page);
        var (first, second, other) = (_memory.Open("a", shm.Name, 0, 2 * Page), _memory.Open("b", $"/{shm.Name}", Page, Page), _memory.Open("c", elsewhere.Name, 0, Page));
        var (low, high, same, apart) = (Part(first, 0, Page), Part(first, Page, 10), Part(second, 9, 1), Part(other, 0, Page));
        Assert.Multiple(() =>
        {
            Assert.That(low.Overlaps(high), Is.False);
            Assert.That(high.Overlaps(same) && same.Overlaps(high), "byte 9 of both is one byte of the object");
            Assert.That(low.Overlaps(apart), Is.False);
        });
        foreach (var range in new[] { low, high, same, apart })
            range.Release();
        foreach (var region in new[] { first, second, other })
            region.Release();
    }

    // Whether it comes before or after the object shrinks, it gets all bytes or an error.
    private static void TryRead(SharedRegion region)
    {
        try
        {
            region.Read(0, new byte[region.ByteSize]);
        }
        catch (InferenceException e)
        {
            Assert.That(e.Code, Is.EqualTo(ErrorCode.RegionLost));
        }
    }

    private static SharedRange Part(SharedRegion region, long offset, long size) => region.Take(new SharedLocation(region.Name, size, offset), "x");

    private static bool Maps(ShmObject shm) => File.ReadAllText("/proc/self/maps").Contains(shm.Name, StringComparison.Ordinal);

    // The object itself keeps one descriptor.
    private static bool Opens(ShmObject shm) =>
        Directory.EnumerateFiles("/proc/self/fd").Count(f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.FullName.Contains(shm.Name, StringComparison.Ordinal) == true) > 1;

    private static unsafe nint Pointer(System.Buffers.MemoryHandle handle) => (nint)handle.Pointer;

    private static byte[] Native(nint address, int count)
    {
        var target = new byte[count];
        Copy(target, address, (nuint)count);
        return target;
    }

    // Like any native code that uses a region, such as a runtime's kernels.
    [LibraryImport("libc", EntryPoint = "memcpy")]
    private static partial nint Copy([Out] byte[] target, nint source, nuint count);
}
