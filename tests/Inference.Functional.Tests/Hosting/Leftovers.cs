using System.Globalization;
using Inference.Domain.Tensors;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

[assembly: Inference.Functional.Tests.Hosting.NoTensorBufferIsLeft]

namespace Inference.Functional.Tests.Hosting;

/// <summary>What a server in this process has handed out and must have got back when nothing runs.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(10);

    /// <summary>Fails where tensors' buffers are still rented a while after the last call.</summary>
    public static void VerifyTensors() =>
        Assert.That(SpinWait.SpinUntil(() => TensorPool.Shared.Rented == 0, SettleTime), Is.True, $"{TensorPool.Shared.Rented} tensor buffers are still rented");

    /// <summary>Fails where bytes of the requests' budget are still taken.</summary>
    public static void VerifyBudget(IServiceProvider server) => Verify(server, "Limits.RequestBudget", "Taken", "bytes of the budget of requests are still taken");

    /// <summary>Fails where the web server still has buffers of its pool, all connections being closed.</summary>
    public static void VerifyBlocks(IServiceProvider server) => Verify(server, "Transport.BlockStore", "Rented", "buffers of the web server are still rented");

    // By name: the adapter's own messages would clash with those that these tests make for themselves.
    private static void Verify(IServiceProvider server, string type, string property, string what)
    {
        const string adapter = "Inference.Adapters.Grpc";
        var holder = Type.GetType($"{adapter}.{type}, {adapter}", throwOnError: true)!;
        var count = holder.GetProperty(property)!;
        var service = server.GetService(holder)!;
        long Left() => Convert.ToInt64(count.GetValue(service), CultureInfo.InvariantCulture);
        Assert.That(SpinWait.SpinUntil(() => Left() == 0, SettleTime), Is.True, $"{Left()} {what}");
    }
}

/// <summary>After every test of the assembly no tensor buffer may be rented, whatever server it used.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class NoTensorBufferIsLeftAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test) => Leftovers.VerifyTensors();
}
