using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

[TestFixture]
internal sealed class WaitPredictorTests
{
    private const long Second = 1_000_000;

    [Test]
    public void Predict_LaneIsFreeAndNothingWaits_Zero()
    {
        var predictor = new WaitPredictor(2, Second);
        predictor.Began(0, 500);
        Assert.That(predictor.Predict(0, 2, 0, 500), Is.Zero);
    }

    [Test]
    public void Predict_AllLanesRun_UntilTheFirstIsFree()
    {
        var predictor = new WaitPredictor(2, Second);
        predictor.Began(0, 500);
        predictor.Began(100, 300);
        Assert.That(predictor.Predict(150, 2, 0, 500), Is.EqualTo(250));
        Assert.That(predictor.Predict(380, 2, 0, 500), Is.EqualTo(70), "a quarter of what it has taken, though it should end sooner");
        Assert.That(predictor.Predict(9100, 2, 0, 500), Is.EqualTo(2250), "it is overdue");
    }

    [TestCase(1, 500)]
    [TestCase(2, 1400)]
    [TestCase(3, 1500)]
    [TestCase(6, 3400)]
    public void Predict_BatchesAhead_EachTakesTheNextLane(long ahead, double expected)
    {
        var predictor = new WaitPredictor(2, Second);
        predictor.Began(0, 400);
        predictor.Began(0, 500);
        Assert.That(predictor.Predict(0, 2, ahead, 1000), Is.EqualTo(expected));
    }

    [Test]
    public void Ended_TheFirstToEndIsTaken()
    {
        var predictor = new WaitPredictor(2, Second);
        predictor.Began(0, 300);
        predictor.Began(0, 900);
        predictor.Ended();
        predictor.Began(300, 300);
        Assert.That((predictor.Running, predictor.Predict(300, 2, 0, 0)), Is.EqualTo((2, 300)));
        predictor.Ended();
        predictor.Ended();
        Assert.That((predictor.Running, predictor.Predict(300, 2, 0, 0)), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Began_MoreThanLanes_DoesNotBreak()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 3; i++)
            predictor.Began(0, 100);
        for (var i = 0; i < 3; i++)
            predictor.Ended();
        Assert.That((predictor.Running, predictor.Predict(0, 1, 0, 0)), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Waited_LongerThanPredicted_LaterPredictionsAreCorrected()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 200; i++)
            predictor.Waited(0, 10_000, 30_000);
        Assert.That(predictor.Correct(0, 10_000), Is.EqualTo(30_000).Within(900));
        Assert.That(predictor.Correct(Second + 1, 10_000), Is.EqualTo(10_000), "forgotten after a second");
    }

    [Test]
    public void Waited_FarOff_CorrectionIsBounded()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 500; i++)
            predictor.Waited(0, 10_000, long.MaxValue / 4);
        Assert.That(predictor.Correct(0, 10_000), Is.EqualTo(80_000).Within(50));
        for (var i = 0; i < 500; i++)
            predictor.Waited(0, 10_000, 0);
        Assert.That(predictor.Correct(0, 10_000), Is.EqualTo(5_000).Within(1));
    }

    [Test]
    public void Waited_Microseconds_TeachNothing()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 100; i++)
            predictor.Waited(0, 50, 5_000);
        Assert.That(predictor.Correct(0, 10_000), Is.EqualTo(10_000));
    }

    [Test]
    public void Waited_ShortOnesMuchLonger_LongOnesAreHardlyCorrected()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 500; i++)
        {
            predictor.Waited(0, 100_000, 100_000);
            predictor.Waited(0, 1_000, 8_000);
        }

        Assert.That(predictor.Correct(0, 100_000), Is.InRange(100_000, 110_000));
    }

    [Test]
    public void Waited_ForManyRequests_CountsForAsMany()
    {
        var (one, many) = (new WaitPredictor(1, Second), new WaitPredictor(1, Second));
        one.Waited(0, 10_000, 20_000);
        many.Waited(0, 10_000, 20_000, requests: 16);
        Assert.That((one.Correct(0, 64_000), many.Correct(0, 64_000)), Is.EqualTo((65_000.0, 80_000.0)));
    }

    [Test]
    public void Delayed_ThreadsAreBusy_IsAdded()
    {
        var predictor = new WaitPredictor(1, Second);
        for (var i = 0; i < 200; i++)
            predictor.Delayed(400);
        Assert.That(predictor.Predict(0, 1, 0, 0), Is.EqualTo(400).Within(1));
    }
}
