using CsCheck;
using Inference.Domain.Execution;

namespace Inference.Domain.Tests.Execution;

internal sealed class BatchPolicyTests
{
    private const long Never = long.MaxValue;
    private const int None = 0;

    [TestCase(1, 64, 1, TestName = "Decide_OneRow_RunsAtOnce")]
    [TestCase(63, 64, 63, TestName = "Decide_AlmostFull_RunsAtOnce")]
    [TestCase(64, 64, 64, TestName = "Decide_Full_RunsAtOnce")]
    [TestCase(1000, 64, 64, TestName = "Decide_MoreThanFull_TheLimit")]
    public void Decide_NoDelay_ClosesWhatThereIs(long queued, long max, long expected) =>
        Assert.That(BatchPolicy.Decide(new BatchCandidate(100, queued, max, false, 0, Never), [], None), Is.EqualTo(BatchDecision.Close(expected)));

    [TestCase(3, false, 100, Never, 150, TestName = "Decide_OthersMayCome_WaitsForAsLongAsItMay")]
    [TestCase(3, false, 149, Never, 150, TestName = "Decide_AlmostOver_Waits")]
    [TestCase(3, false, 150, Never, None, TestName = "Decide_DelayIsOver_Closes")]
    [TestCase(3, false, 9000, Never, None, TestName = "Decide_DelayIsLongOver_Closes")]
    [TestCase(8, false, 100, Never, None, TestName = "Decide_BatchIsFull_Closes")]
    [TestCase(3, true, 100, Never, None, TestName = "Decide_NothingMoreFits_Closes")]
    [TestCase(3, false, 100, 120, 120, TestName = "Decide_Deadline_WaitsUntilThen")]
    [TestCase(3, false, 100, 100, None, TestName = "Decide_DeadlineIsNow_Closes")]
    [TestCase(3, false, 100, 20, None, TestName = "Decide_DeadlineCannotBeMet_Closes")]
    public void Decide_Delay_WaitsWhileItCanHelp(long queued, bool isFull, long now, long latest, long until)
    {
        var decision = BatchPolicy.Decide(new BatchCandidate(now, queued, 8, isFull, 50, latest), [], 100);
        Assert.That(decision, Is.EqualTo(until == None ? BatchDecision.Close(queued) : BatchDecision.Wait(until)));
        Assert.That(decision.IsClosed, Is.EqualTo(until == None));
    }

    [TestCase(3, 3, TestName = "Decide_FewerThanAnyPreferred_AllOfThem")]
    [TestCase(4, 4, TestName = "Decide_Preferred_ThatMany")]
    [TestCase(7, 4, TestName = "Decide_BetweenTwoPreferred_TheSmaller")]
    [TestCase(15, 8, TestName = "Decide_MoreThanAnyPreferred_TheLargest")]
    [TestCase(20, 16, TestName = "Decide_MoreThanTheLimit_TheLimit")]
    public void Decide_PreferredRows_LargestThatCanBeFilled(long queued, long expected)
    {
        var candidate = new BatchCandidate(100, queued, 16, false, 100, Never);
        Assert.That(BatchPolicy.Decide(candidate, [4, 8], None), Is.EqualTo(BatchDecision.Close(expected)));
        Assert.That(BatchPolicy.Decide(candidate, [4, 8], 50), Is.EqualTo(queued < 4 ? BatchDecision.Wait(150) : BatchDecision.Close(expected)));
    }

    [Test]
    public void Decide_AnyCandidate_LimitsAreKept()
    {
        var candidate = Gen.Select(Gen.Long[0, 200], Gen.Long[1, 90], Gen.Long[1, 64], Gen.Bool, Gen.Long[0, 200], Gen.OneOf(Gen.Const(Never), Gen.Long[0, 400]))
            .Select(c => new BatchCandidate(c.Item1, c.Item2, c.Item3, c.Item4, Math.Min(c.Item1, c.Item5), c.Item6));
        Gen.Select(candidate, Gen.Int[1, 64].Array[0, 4], Gen.Long[0, 100]).Sample((c, preferred, delay) =>
        {
            var decision = BatchPolicy.Decide(c, [.. preferred.Order()], delay);
            if (decision.IsClosed)
                return decision.Rows <= c.QueuedRows && decision.Rows <= c.MaxRows;
            return delay > 0
                && c.QueuedRows < c.MaxRows
                && !c.IsFull
                && decision.WaitUntil > c.Now
                && decision.WaitUntil <= c.Oldest + delay
                && decision.WaitUntil <= c.LatestStart;
        });
    }

    // A run costs 20 ticks and one more for each row.
    [TestCase(64, 10, 84, true, 64, TestName = "RowsInTime_InTime_AllThatWerePlanned")]
    [TestCase(64, 10, 83, false, 48, TestName = "RowsInTime_ALittleLate_FewerWhereNothingElseWaits")]
    [TestCase(64, 10, 40, false, 20, TestName = "RowsInTime_Late_AsManyAsEndInTime")]
    [TestCase(64, 10, 30, false, 10, TestName = "RowsInTime_JustPossible_UpToTheRequest")]
    [TestCase(64, 10, 29, false, 0, TestName = "RowsInTime_NotEvenAlone_None")]
    [TestCase(64, 10, 40, true, 0, TestName = "RowsInTime_MuchSlowerForTheOthers_None")]
    [TestCase(64, 10, 83, true, 48, TestName = "RowsInTime_AlmostAsFastForTheOthers_Fewer")]
    [TestCase(64, 64, 80, false, 0, TestName = "RowsInTime_LastOfAFullBatch_None")]
    public void RowsInTime_Deadline_CutsTheBatchWhereThatIsWorthIt(long planned, long needed, double slack, bool isOverloaded, long expected) =>
        Assert.That(BatchPolicy.RowsInTime(planned, needed, slack, isOverloaded, rows => 20 + rows), Is.InRange(expected * 0.75, expected));

    [Test]
    public void RowsInTime_NothingIsKnown_AllThatWerePlanned() =>
        Assert.That(BatchPolicy.RowsInTime(64, 10, 1, true, _ => 0), Is.EqualTo(64));

    [Test]
    public void RowsInTime_AnyCosts_EndsInTimeWithTheRequestOrNotAtAll()
    {
        Gen.Select(Gen.Long[1, 100], Gen.Long[0, 100], Gen.Double[0, 300], Gen.Bool, Gen.Double[0, 50], Gen.Double[0, 5]).Sample((needed, more, slack, isOverloaded, fix, row) =>
        {
            var rows = BatchPolicy.RowsInTime(needed + more, needed, slack, isOverloaded, r => fix + (row * r));
            return rows == 0 ? fix + (row * (needed + more)) > slack : rows >= needed && rows <= needed + more && fix + (row * rows) <= slack;
        });
    }
}
