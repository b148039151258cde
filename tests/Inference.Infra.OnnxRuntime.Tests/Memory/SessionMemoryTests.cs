using System.Runtime.InteropServices;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Memory;

/// <summary>What a session is said to take against what the C library has given out for it.</summary>
[TestFixture]
[NonParallelizable]
internal sealed partial class SessionMemoryTests
{
    private const double MiB = 1 << 20;

    [TestCase(1, 1)]
    [TestCase(10, 1)]
    [TestCase(100, 1)]
    [TestCase(16, 16)]
    public async Task MemoryBytes_WeightsOfManySizes_IsWhatTheSessionTook(int mebibytes, int layers)
    {
        RequireMallinfo();
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Dense(mebibytes << 20, layers));
        await Runtime.Load(path).Executor.DisposeAsync();
        var before = GivenOut();
        var executor = Runtime.Load(path).Executor;
        var took = GivenOut() - before;
        var told = executor.MemoryBytes;
        await executor.DisposeAsync();
        TestContext.Out.WriteLine($"{mebibytes} MiB in {layers} layers: told {told / MiB:F2} MiB, took {took / MiB:F2} MiB");
        Assert.That(told, Is.EqualTo(took).Within(20).Percent);
    }

    [TestCase(1)]
    [TestCase(50)]
    [TestCase(200)]
    public async Task MemoryBytes_ManySmallSessions_CountsTheirStructures(int operators)
    {
        RequireMallinfo();
        const int sessions = 50;
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Chain(operators));
        await Runtime.Load(path).Executor.DisposeAsync();
        var (before, managed) = (GivenOut(), GC.GetTotalMemory(forceFullCollection: true));
        var loaded = new List<LoadedArtefact>();
        for (var i = 0; i < sessions; i++)
            loaded.Add(Runtime.Load(path));
        var took = (GivenOut() - before + GC.GetTotalMemory(forceFullCollection: true) - managed) / sessions;
        var told = loaded.Sum(l => l.Executor.MemoryBytes) / sessions;
        foreach (var artefact in loaded)
            await artefact.Executor.DisposeAsync();
        TestContext.Out.WriteLine($"{operators} operators: told {told / 1024} KiB, took {took / 1024} KiB each");
        Assert.That(told, Is.EqualTo(took).Within(20).Percent);
    }

    [Test]
    public async Task MemoryBytes_AfterRunOfManyRows_HasGrown()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Dense(1 << 20, 2));
        var artefact = Runtime.Load(path);
        var before = artefact.Executor.MemoryBytes;
        const int rows = 8192;
        var side = (int)artefact.Spec.Inputs[0].Dimensions[1];
        using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(rows, side)));
        using (await artefact.Executor.ExecuteAsync(inputs, Runtime.Context(rows)))
            Assert.That(artefact.Executor.MemoryBytes, Is.GreaterThan(before + (rows * side * sizeof(float) / 2)));
        await artefact.Executor.DisposeAsync();
        Assert.That(artefact.Executor.MemoryBytes, Is.Zero);
    }

    // y = x · W1 · W2 …, each W square.
    private static byte[] Dense(int bytes, int layers)
    {
        var side = (int)Math.Sqrt(bytes / layers / sizeof(float));
        var (weights, random) = (new float[side * side], new Random(1));
        return Onnx.Model(g =>
        {
            for (var i = 0; i < layers; i++)
                g.Node("MatMul", [i == 0 ? "x" : $"h{i}", $"w{i}"], [i == layers - 1 ? "y" : $"h{i + 1}"]);
            for (var i = 0; i < layers; i++)
            {
                // The runtime keeps equal ones once.
                for (var w = 0; w < weights.Length; w++)
                    weights[w] = random.NextSingle() / side;
                var name = $"w{i}";
                g.Message(5, t => t.Number(1, side).Number(1, side).Number(2, Onnx.Float).Text(8, name).Data(9, MemoryMarshal.AsBytes<float>(weights)));
            }

            g.Input("x", Onnx.Float, "rows", side).Output("y", Onnx.Float, "rows", side);
        });
    }

    private static byte[] Chain(int operators) => Onnx.Model(g =>
    {
        for (var i = 0; i < operators; i++)
            g.Node("Sin", [i == 0 ? "x" : $"h{i}"], [i == operators - 1 ? "y" : $"h{i + 1}"]);
        g.Input("x", Onnx.Float, "rows", 2).Output("y", Onnx.Float, "rows", 2);
    });

    private static void RequireMallinfo()
    {
        try
        {
            _ = Mallinfo2();
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            Assert.Ignore("this C library does not tell what it has given out (mallinfo2)");
        }
    }

    private static long GivenOut()
    {
        var info = Mallinfo2();
        return (long)(info.Uordblks + info.Hblkhd);
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial Info Mallinfo2();

#pragma warning disable CS0649 // The C library writes them.
    private struct Info
    {
        public nuint Arena;
        public nuint Ordblks;
        public nuint Smblks;
        public nuint Hblks;
        public nuint Hblkhd;
        public nuint Usmblks;
        public nuint Fsmblks;
        public nuint Uordblks;
        public nuint Fordblks;
        public nuint Keepcost;
    }
#pragma warning restore CS0649
}
