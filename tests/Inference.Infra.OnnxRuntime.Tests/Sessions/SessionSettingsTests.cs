using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

[TestFixture]
internal sealed class SessionSettingsTests
{
    [TestCase(GraphOptimization.None, GraphOptimizationLevel.ORT_DISABLE_ALL)]
    [TestCase(GraphOptimization.Basic, GraphOptimizationLevel.ORT_ENABLE_BASIC)]
    [TestCase(GraphOptimization.Extended, GraphOptimizationLevel.ORT_ENABLE_EXTENDED)]
    [TestCase(GraphOptimization.All, GraphOptimizationLevel.ORT_ENABLE_ALL)]
    public void Create_GraphOptimization_IsTheRuntimes(GraphOptimization asked, GraphOptimizationLevel expected)
    {
        using var settings = SessionSettings.Create(new ExecutionOptions { GraphOptimization = asked }, fixedInputs: false);
        Assert.That(settings.GraphOptimizationLevel, Is.EqualTo(expected));
    }

    [TestCase(true, true, true)]
    [TestCase(true, false, false)]
    [TestCase(false, true, false)]
    public void Create_MemoryPattern_OnlyForShapesThatNeverChange(bool arena, bool fixedInputs, bool expected)
    {
        using var settings = SessionSettings.Create(new ExecutionOptions { MemoryArena = arena }, fixedInputs);
        Assert.That((settings.EnableCpuMemArena, settings.EnableMemoryPattern), Is.EqualTo((arena, expected)));
    }

    [Test]
    public async Task Load_ThreadsOfItsOwn_Runs()
    {
        await using var executor = Runtime.Load(Runtime.Stored("slow"), new ExecutionOptions { IntraOpThreads = 2, Lanes = 2 }).Executor;
        using var inputs = Runtime.Slow(2);
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        Assert.That(outputs.Get("y").AsSpan<float>()[7], Is.EqualTo(7 / 256f).Within(1e-4f));
    }
}
