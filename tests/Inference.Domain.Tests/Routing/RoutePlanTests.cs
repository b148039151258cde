using System.Collections.Frozen;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Domain.Tests.Routing;

internal sealed class RoutePlanTests
{
    [TestCase("", "1", "1", "", TestName = "Next_NewLabel_HoldsAtOnce")]
    [TestCase("1", "1", "1", "", TestName = "Next_SameLabel_Stays")]
    [TestCase("1", "2", "1", "1", TestName = "Next_SuccessorDoesNotServe_StaysAndHolds")]
    [TestCase("1", "3", "3", "", TestName = "Next_SuccessorServes_Moves")]
    [TestCase("4", "2", "2", "", TestName = "Next_NeitherServes_Moves")]
    [TestCase("1", "", "", "", TestName = "Next_LabelTakenAway_Goes")]
    public void Next_Label(string current, string wanted, string expected, string held)
    {
        var plan = RoutePlan.Next(new ModelManifest { Labels = Labels(wanted) }, Entry(Labels(current), null), IsReady);

        Assert.That(string.Join(",", plan.Labels.Values), Is.EqualTo(expected));
        Assert.That(string.Join(",", plan.Held), Is.EqualTo(held));
    }

    [TestCase("1", "2", "1", "1")]
    [TestCase("1", "3", "3", "")]
    [TestCase("4", "2", "2", "")]
    [TestCase("1", "latest", "latest", "")]
    [TestCase("latest", "2", "2", "")]
    public void Next_DefaultRoute_MovesOnceItsVersionServes(string current, string wanted, string expected, string held)
    {
        var plan = RoutePlan.Next(new ModelManifest { DefaultRoute = VersionRoute.TryParse(wanted) }, Entry(Labels(string.Empty), VersionRoute.TryParse(current)), IsReady);

        Assert.That(plan.Default?.ToString(), Is.EqualTo(expected));
        Assert.That(string.Join(",", plan.Held), Is.EqualTo(held));
    }

    [Test]
    public void Next_NewModel_IsAsTheManifestSays()
    {
        var plan = RoutePlan.Next(new ModelManifest { Labels = Labels("2"), DefaultRoute = VersionRoute.Latest }, null, _ => false);

        Assert.That((plan.Labels["stable"], plan.Default, plan.Held.Length), Is.EqualTo((2L, VersionRoute.Latest, 0)));
    }

    private static bool IsReady(long version) => version is 1 or 3;

    private static FrozenDictionary<string, long> Labels(string version) =>
        version.Length == 0 ? FrozenDictionary<string, long>.Empty : new Dictionary<string, long> { ["stable"] = version[0] - '0' }.ToFrozenDictionary();

    private static ModelEntry Entry(FrozenDictionary<string, long> labels, VersionRoute? route) => new("m", [], labels, route);
}
