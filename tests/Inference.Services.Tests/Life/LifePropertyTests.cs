using CsCheck;

namespace Inference.Services.Tests.Life;

/// <summary>
/// Random lives of models: storage that changes, loads that end well and badly, requests, evictions, calls and the stop, in any
/// order. A failure prints the seed and the shortest life that was found.
/// </summary>
[NonParallelizable]
internal sealed class LifePropertyTests
{
    [Test]
    public void Models_AnythingHappensInAnyOrder_NothingIsLostAndAllComesToWhatItShouldBe() =>
        LifeCase.Any.Sample(Live, iter: 600, threads: 1);

    private static void Live(LifeCase life)
    {
        using var world = new LifeWorld(life);
        world.Start();
        var rules = new LifeRules(world);
        foreach (var e in life.Events)
        {
            world.Happen(e);
            rules.Check();
        }

        if (!life.StopsAtOnce)
        {
            world.Look();
            world.Finish();
            rules.Check();
            LifeEnd.CheckRest(world, life);
            LifeEnd.CheckAnswers(world, rules);
        }

        LifeEnd.CheckStop(world);
    }
}
