using CsCheck;
using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

/// <summary>Before a model whose runs take a fixed time and a time for each row.</summary>
[TestFixture]
internal sealed class LatencyLimitTests
{
    private const double Target = 20_000;
    private const double Budget = Target * 0.3;

    [Test]
    public void Add_LinearCostWithNoise_ConvergesBelowTheBudget()
    {
        Gen.Select(Gen.Double[0, 0.3], Gen.Double[0.002, 0.05], Gen.Int).Sample(
            (fix, row, seed) =>
            {
                var random = new Random(seed);
                var limit = new LatencyLimit(Target, 1024);
                double Cost(long rows) => Budget * (fix + (row * rows));
                Drive(limit, 600, rows => Cost(rows) * (0.97 + (0.06 * random.NextDouble())));
                var best = (0.9 - fix) / row;
                var slow = 0;
                for (var i = 0; i < 500; i++)
                {
                    var ticks = (long)(Cost(limit.Rows) * (0.97 + (0.06 * random.NextDouble())));
                    slow += ticks > Target ? 1 : 0;
                    limit.Add(limit.Rows, ticks, isLimited: true);
                }

                return slow == 0 && limit.Rows <= (1.05 / row) && limit.Rows >= (0.6 * Math.Min(best, 1024)) - 2;
            },
            iter: 300);
    }

    [Test]
    public void Add_ModelGrowsSlowerAndFasterAgain_FollowsWithinAFewHundredRuns()
    {
        var limit = new LatencyLimit(Target, 1024);
        Drive(limit, 400, rows => rows * Budget / 100);
        Assert.That(limit.Rows, Is.InRange(70, 100));
        Drive(limit, 30, rows => rows * Budget / 10);
        Assert.That(limit.Rows, Is.InRange(5, 10));
        Drive(limit, 400, rows => rows * Budget / 100);
        Assert.That(limit.Rows, Is.InRange(70, 100));
    }

    [Test]
    public void Rows_WhateverHappens_BetweenOneAndTheMost()
    {
        Gen.Select(Gen.Long[1, 2000], Gen.Select(Gen.Long[1, 3000], Gen.Long[0, 40_000], Gen.Bool).Array[0, 400]).Sample((most, runs) =>
        {
            var limit = new LatencyLimit(Target, most);
            foreach (var (rows, ticks, isLimited) in runs)
            {
                limit.Add(rows, ticks, isLimited);
                if (limit.Rows < 1 || limit.Rows > most)
                    return false;
            }

            return true;
        });
    }

    [Test]
    public void Add_NeverFastEnough_ComesDownToOne()
    {
        var limit = new LatencyLimit(Target, 1024);
        Drive(limit, 100, _ => Target);
        Assert.That(limit.Rows, Is.EqualTo(1));
    }

    [TestCase(10)]
    [TestCase(30)]
    public void Add_RequestsOfManyRows_LearnsAsFar(int rowsOfRequest)
    {
        var limit = new LatencyLimit(Target, 1024);
        for (var i = 0; i < 600; i++)
        {
            var rows = Math.Max(1, limit.Rows / rowsOfRequest) * rowsOfRequest;
            limit.Add(rows, (long)(rows * Budget / 200), isLimited: true);
        }

        Assert.That(limit.Rows, Is.InRange(130, 200));
    }

    [Test]
    public void Add_LargeRequestsAreSlow_SayNothingAboutTheLimit()
    {
        var limit = new LatencyLimit(Target, 1024);
        Drive(limit, 400, rows => rows * Budget / 100);
        var before = limit.Rows;
        for (var i = 0; i < 100; i++)
            limit.Add(900, (long)Target, isLimited: false);
        Assert.That(limit.Rows, Is.EqualTo(before));
    }

    [Test]
    public void Add_SmallBatchesOnly_LimitStays()
    {
        var limit = new LatencyLimit(Target, 1024);
        Drive(limit, 400, rows => rows * Budget / 100);
        var before = limit.Rows;
        for (var i = 0; i < 200; i++)
        {
            limit.Add(2, 5, isLimited: false);
            limit.Add(2, (long)Target, isLimited: false);
        }

        Assert.That(limit.Rows, Is.EqualTo(before));
    }

    // Always more waits than a batch takes.
    private static void Drive(LatencyLimit limit, int runs, Func<long, double> cost)
    {
        for (var i = 0; i < runs; i++)
            limit.Add(limit.Rows, (long)cost(limit.Rows), isLimited: true);
    }
}
