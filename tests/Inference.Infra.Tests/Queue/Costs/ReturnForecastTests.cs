using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

/// <summary>Whether a lane should wait for callers that were just answered.</summary>
[TestFixture]
internal sealed class ReturnForecastTests
{
    [Test]
    public void Missing_NothingAnswered_None() => Assert.That(new ReturnForecast().Missing, Is.Zero);

    [Test]
    public void Missing_SomeCameBack_TheOthers()
    {
        var forecast = new ReturnForecast();
        forecast.Answered(32);
        forecast.Arrived(5);
        Assert.That(forecast.Missing, Is.EqualTo(27));
        forecast.Arrived(40);
        Assert.That(forecast.Missing, Is.Zero, "never less than none");
    }

    [Test]
    public void Missing_OneCallerStays_ThatOneIsNotWaitedForAgain()
    {
        var forecast = new ReturnForecast();
        Round(forecast, answered: 32, back: 31);
        forecast.Answered(32);
        forecast.Arrived(31);
        Assert.That(forecast.Missing, Is.Zero);
    }

    [Test]
    public void Missing_OneFailureAmongSuccesses_StillWaits()
    {
        var forecast = new ReturnForecast();
        for (var i = 0; i < 8; i++)
            Round(forecast, 32, 32);
        Round(forecast, 32, 2);
        forecast.Answered(32);
        Assert.That(forecast.Missing, Is.EqualTo(32));
    }

    [Test]
    public void Missing_NobodyEverComesBack_WaitsLessAndLess()
    {
        var forecast = new ReturnForecast();
        var waits = Enumerable.Range(0, 20_000).Count(_ => Round(forecast, 8, 0));
        Assert.That(waits, Is.InRange(2, 32), "runs after which a lane waited");
    }

    [Test]
    public void Missing_CallersChangeTheirWays_WaitsAgain()
    {
        var forecast = new ReturnForecast();
        for (var i = 0; i < 100; i++)
            Round(forecast, 8, 0);
        var waits = Enumerable.Range(0, 2000).Count(_ => Round(forecast, 8, 8));
        Assert.That(waits, Is.GreaterThan(1500));
    }

    // A run ends, some of its callers come back while the lane waits. Returns whether it waited.
    private static bool Round(ReturnForecast forecast, int answered, int back)
    {
        forecast.Answered(answered);
        var waits = forecast.Missing > 0;
        forecast.Arrived(back);
        if (!waits)
            return false;
        if (back >= answered)
            forecast.Came();
        else
            forecast.Failed();
        return true;
    }
}
