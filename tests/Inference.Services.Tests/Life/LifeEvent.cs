using CsCheck;

namespace Inference.Services.Tests.Life;

/// <summary>Kinds of what can happen to a server's models.</summary>
internal enum LifeEventKind
{
    /// <summary>A version gets other content, or is new.</summary>
    Content,

    /// <summary>A version gets content that storage itself finds broken.</summary>
    Broken,

    /// <summary>A version is deleted.</summary>
    NoVersion,

    /// <summary>A model is deleted.</summary>
    NoModel,

    /// <summary>Which versions are to be served changes.</summary>
    Policy,

    /// <summary>Where requests without a version go changes.</summary>
    Route,

    /// <summary>What the label stands for changes.</summary>
    Label,

    /// <summary>It is pinned, or not any more.</summary>
    Pin,

    /// <summary>It is loaded by its first request, or at once, or as the server does.</summary>
    Lazy,

    /// <summary>The server looks at storage until what changed has settled.</summary>
    Look,

    /// <summary>A load under way succeeds.</summary>
    Loaded,

    /// <summary>A load under way fails.</summary>
    Failed,

    /// <summary>A request comes.</summary>
    Ask,

    /// <summary>A request that waits gives up.</summary>
    GiveUp,

    /// <summary>A request that was answered gives its lease back.</summary>
    Return,

    /// <summary>Time goes by.</summary>
    Wait,

    /// <summary>Runs made a pipeline take more memory.</summary>
    Grow,

    /// <summary>A call loads a model.</summary>
    CallLoad,

    /// <summary>A call unloads a model.</summary>
    CallUnload,
}

/// <summary>Something that happens; the numbers say to what, each taken modulo what there is.</summary>
internal readonly record struct LifeEvent(LifeEventKind Kind, int Model, int Version, int Choice)
{
    private static readonly Gen<LifeEventKind> Kinds = Gen.Frequency(
        (6, Gen.Const(LifeEventKind.Content)),
        (1, Gen.Const(LifeEventKind.Broken)),
        (2, Gen.Const(LifeEventKind.NoVersion)),
        (1, Gen.Const(LifeEventKind.NoModel)),
        (2, Gen.Const(LifeEventKind.Policy)),
        (1, Gen.Const(LifeEventKind.Route)),
        (1, Gen.Const(LifeEventKind.Label)),
        (1, Gen.Const(LifeEventKind.Pin)),
        (1, Gen.Const(LifeEventKind.Lazy)),
        (8, Gen.Const(LifeEventKind.Look)),
        (10, Gen.Const(LifeEventKind.Loaded)),
        (3, Gen.Const(LifeEventKind.Failed)),
        (10, Gen.Const(LifeEventKind.Ask)),
        (1, Gen.Const(LifeEventKind.GiveUp)),
        (5, Gen.Const(LifeEventKind.Return)),
        (3, Gen.Const(LifeEventKind.Wait)),
        (1, Gen.Const(LifeEventKind.Grow)),
        (3, Gen.Const(LifeEventKind.CallLoad)),
        (2, Gen.Const(LifeEventKind.CallUnload)));

    public static Gen<LifeEvent> Any { get; } = Gen.Select(Kinds, Gen.Int[0, 2], Gen.Int[1, 3], Gen.Int[0, 9], (k, m, v, c) => new LifeEvent(k, m, v, c));
}

/// <summary>A server and what happens to it.</summary>
/// <param name="IsExplicit">Models are loaded and unloaded by call; else storage is followed.</param>
/// <param name="IsLazy">Models are loaded by their first request.</param>
/// <param name="Fits">How many models of the usual size fit in memory; 0 for any number.</param>
/// <param name="Events">What happens.</param>
/// <param name="StopsAtOnce">It stops after the last event; else it is looked at once it has come to rest.</param>
internal sealed record LifeCase(bool IsExplicit, bool IsLazy, int Fits, LifeEvent[] Events, bool StopsAtOnce)
{
    public static Gen<LifeCase> Any { get; } = Gen.Select(
        Gen.Bool,
        Gen.Bool,
        Gen.Int[0, 3],
        LifeEvent.Any.Array[0, 60],
        Gen.Int[0, 3],
        (isExplicit, isLazy, fits, events, stop) => new LifeCase(isExplicit, isLazy, fits, events, stop == 0));

    public override string ToString() =>
        $"{(IsExplicit ? "explicit" : "poll")} {(IsLazy ? "lazy" : "eager")} fits={Fits} stopsAtOnce={StopsAtOnce}: {string.Join(", ", Events.Select(e => $"{e.Kind} {e.Model} {e.Version} {e.Choice}"))}";
}
