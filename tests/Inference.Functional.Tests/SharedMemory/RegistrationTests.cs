using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>Register, status and unregister.</summary>
internal sealed class RegistrationTests : SharedMemoryFixture
{
    protected override (string Key, string Value)[] Settings => [.. base.Settings, ("SharedMemory:MaxRegions", "3"), ("SharedMemory:MaxBytes", "10000")];

    [Test]
    public async Task Status_OneAndAll_TellsWhatWasRegistered()
    {
        using var shm = new ShmObject(4096);
        await RegisterAsync(shm.Registration("a", 100, 5));
        await RegisterAsync(shm.Registration("b", 4096));
        var all = (await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest())).Regions;
        var one = (await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest { Name = "a" })).Regions;
        Assert.Multiple(() =>
        {
            Assert.That(all.Keys, Is.EquivalentTo(new[] { "a", "b" }));
            Assert.That(one, Has.Count.EqualTo(1));
            Assert.That((one["a"].Name, one["a"].Key, one["a"].Offset, one["a"].ByteSize), Is.EqualTo(("a", shm.Key, 5ul, 100ul)));
        });
        var series = await Scrape.SeriesAsync(Server, "inference_shared_memory");
        Assert.That((series["inference_shared_memory_regions"], series["inference_shared_memory_mapped_bytes"]), Is.EqualTo((2d, 4196d)));
    }

    [Test]
    public async Task Status_UnknownName_IsNotFound() =>
        await RefusedAsync(StatusCode.NotFound, "'none'", async () => await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest { Name = "none" }));

    [Test]
    public async Task Unregister_OneTwiceAndAll_LeavesNothing()
    {
        using var shm = new ShmObject(4096);
        await RegisterAsync(shm.Registration("a", 100));
        await RegisterAsync(shm.Registration("b", 100));
        for (var i = 0; i < 2; i++)
            await Server.Client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest { Name = "a" });
        Assert.That((await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest())).Regions.Keys, Is.EqualTo(new[] { "b" }));
        await Server.Client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest());
        Assert.That((await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest())).Regions, Is.Empty);
    }

    [Test]
    public async Task Register_NameThatIsTaken_AlreadyExists()
    {
        using var shm = new ShmObject(4096);
        await RegisterAsync(shm.Registration("a", 100));
        await RefusedAsync(StatusCode.AlreadyExists, "'a' is registered already", () => RegisterAsync(shm.Registration("a", 100)));
    }

    [TestCase("r", "", 0ul, 4ul, StatusCode.InvalidArgument, "it is empty")]
    [TestCase("r", "/../etc/passwd", 0ul, 4ul, StatusCode.InvalidArgument, "letters, digits")]
    [TestCase("r", "/..", 0ul, 4ul, StatusCode.InvalidArgument, "begins with a dot")]
    [TestCase("r", "/inference-test-none", 0ul, 4ul, StatusCode.NotFound, "no shared memory object '/inference-test-none'")]
    [TestCase("", "/k", 0ul, 4ul, StatusCode.InvalidArgument, "no name")]
    [TestCase("r", "/k", 0ul, 0ul, StatusCode.InvalidArgument, "byte_size is 0")]
    [TestCase("r", "/k", ulong.MaxValue, 4ul, StatusCode.InvalidArgument, "offset is 18446744073709551615")]
    [TestCase("r", "/k", 0ul, ulong.MaxValue, StatusCode.InvalidArgument, "byte_size is 18446744073709551615")]
    public async Task Register_WhatIsWrong_IsRefusedWithTheReason(string name, string key, ulong offset, ulong size, StatusCode code, string text) =>
        await RefusedAsync(code, text, () => RegisterAsync(new SystemSharedMemoryRegisterRequest { Name = name, Key = key, Offset = offset, ByteSize = size }));

    [TestCase(0, 4097)]
    [TestCase(4096, 1)]
    [TestCase(1, 4096)]
    public async Task Register_MoreThanTheObjectHas_TellsItsSize(long offset, long size)
    {
        using var shm = new ShmObject(4096);
        await RefusedAsync(StatusCode.InvalidArgument, "of 4096 bytes", () => RegisterAsync(shm.Registration("r", size, offset)));
    }

    [Test]
    public async Task Register_BeyondTheLimits_NamesTheOption()
    {
        using var shm = new ShmObject(20000);
        await RefusedAsync(StatusCode.ResourceExhausted, "SharedMemory:MaxBytes", () => RegisterAsync(shm.Registration("large", 10001)));
        foreach (var name in new[] { "a", "b", "c" })
            await RegisterAsync(shm.Registration(name, 1));
        await RefusedAsync(StatusCode.ResourceExhausted, "SharedMemory:MaxRegions", () => RegisterAsync(shm.Registration("d", 1)));
    }

    private async Task RegisterAsync(SystemSharedMemoryRegisterRequest request) => await Server.Client.SystemSharedMemoryRegisterAsync(request);

    private static async Task RefusedAsync(StatusCode code, string text, Func<Task> call)
    {
        var error = (await Assert.ThrowsAsync<RpcException>(call))!;
        Assert.That(error.Status.Detail, Does.Contain(text));
        Assert.That(error.StatusCode, Is.EqualTo(code), error.Status.Detail);
    }
}
