using System.Collections.Concurrent;
using Inference.Core.Configuration;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Residence;
using Inference.Services.Cache;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Routing;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Services.Tests.Life;

/// <summary>A server's models: the real services between storage, runtime, clock and requests that the test moves. Each event ends at rest.</summary>
internal sealed class LifeWorld : IDisposable
{
    public const long Size = NeedEstimate.FirstOverhead;
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly Stillness _stillness;
    private Task _following = Task.CompletedTask;

    public LifeWorld(LifeCase life)
    {
        IsExplicit = life.IsExplicit;
        Budget = life.Fits == 0 ? 0 : (life.Fits * Size) + (Size / 2);
        var cache = new CacheOptions { Loading = life.IsLazy ? "lazy" : "eager", MemoryBytes = Budget, LoadThreads = 2, MaxWaitingRequests = 4 };
        Cache = new PipelineCache(cache, new RecordingCacheMetrics(), _time, new LifeLog<PipelineCache>(_faults));
        Service = new RepositoryService(
            Storage,
            Registry,
            new PipelineLoader(Runtime, new ComponentCatalogue([], []), _time),
            new RecordingMetrics(),
            _time,
            new LifeLog<RepositoryService>(_faults),
            new RepositoryOptions { Mode = life.IsExplicit ? "explicit" : "poll", PollSeconds = 1_000_000, SettleMilliseconds = 0, LoadThreads = 2, ReloadThreads = 2 },
            Cache);
        Routing = new RoutingService(Registry, null);
        _stillness = new Stillness(() => Service.RunningLoads == Runtime.Parked.Count);
        Service.StateChanged += e => Transitions.See(e);
        Stillness.Prepare();
    }

    /// <summary>Models are loaded and unloaded by call.</summary>
    public bool IsExplicit { get; }

    public long Budget { get; }

    public LifeStorage Storage { get; } = new();

    public LifeRuntime Runtime { get; } = new();

    public PipelineRegistry Registry { get; } = new();

    public PipelineCache Cache { get; }

    public RepositoryService Service { get; }

    public RoutingService Routing { get; }

    public LifeTransitions Transitions { get; } = new();

    public LifeWishes Wishes { get; } = new();

    public List<LifeAsk> Asks { get; } = [];

    /// <summary>Loads and unloads by call.</summary>
    public List<Task> Calls { get; } = [];

    public IReadOnlyCollection<string> Faults => _faults;

    public void Start()
    {
        Service.DiscoverAsync(CancellationToken.None).GetAwaiter().GetResult();
        Service.LoadDiscoveredAsync(CancellationToken.None).GetAwaiter().GetResult();
        _following = Service.FollowAsync(_stop.Token);
        Rest();
    }

    public void Happen(in LifeEvent e)
    {
        var (choice, name) = (e.Choice, $"m{e.Model}");
        switch (e.Kind)
        {
            case LifeEventKind.Look:
                Look();
                break;
            case LifeEventKind.Loaded:
                End(choice, choice == 9 ? 3 * Size : choice == 8 ? 2 * Size : Size);
                break;
            case LifeEventKind.Failed:
                End(choice, 0);
                break;
            case LifeEventKind.Ask:
                Ask(name, choice switch { 0 => string.Empty, 1 => LifeStorage.Label, _ => $"{e.Version}" });
                break;
            case LifeEventKind.GiveUp when Asks.Where(a => a.IsWaiting).ToList() is { Count: > 0 } waiting:
                waiting[choice % waiting.Count].GiveUp();
                break;
            case LifeEventKind.Return when Asks.Where(a => a.HasLease).ToList() is { Count: > 0 } leased:
                leased[choice % leased.Count].Return();
                break;
            case LifeEventKind.Wait:
                Wait(choice switch { < 3 => TimeSpan.FromMilliseconds(20), < 6 => TimeSpan.FromMilliseconds(300), < 9 => TimeSpan.FromSeconds(3), _ => TimeSpan.FromMinutes(5) });
                break;
            case LifeEventKind.Grow when Runtime.Alive.ToList() is { Count: > 0 } alive:
                alive[choice % alive.Count].MemoryBytes += Size / 2;
                break;
            case LifeEventKind.CallLoad when IsExplicit:
                Wishes.Called(name, Storage.Find(name), isLoad: true);
                Calls.Add(Service.LoadAsync(name, CancellationToken.None));
                break;
            case LifeEventKind.CallUnload when IsExplicit:
                Wishes.Called(name, Storage.Find(name), isLoad: false);
                Calls.Add(Service.UnloadAsync(name, CancellationToken.None));
                break;
            case < LifeEventKind.Look:
                Storage.Change(e);
                break;
        }

        Rest();
    }

    /// <summary>Looks at what is in memory, as the monitor does once a second.</summary>
    public void Measure()
    {
        Cache.Measure();
        Rest();
    }

    public void Look()
    {
        if (IsExplicit)
        {
            Wait(TimeSpan.FromSeconds(1));
            Wishes.Listed(Storage.Models);
            Service.RefreshAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        else
        {
            Wishes.Followed(Storage.Models);

            // What changed must be seen twice.
            Storage.Signal();
            for (var i = 0; i < 5; i++)
                Wait(TimeSpan.FromMilliseconds(100));
        }

        Rest();
    }

    public LifeAsk Ask(string model, string version)
    {
        var ask = new LifeAsk(model, version) { Acquire = t => Routing.AcquireAsync(model, version, LoadPatience.Endless with { Time = _time }, t).AsTask() };
        Asks.Add(ask);
        ask.Begin();
        Rest();
        return ask;
    }

    public void Wait(TimeSpan time)
    {
        _time.Advance(time);
        Rest();
    }

    /// <summary>A load under way ends.</summary>
    /// <param name="choice">Which.</param>
    /// <param name="bytes">What it takes; 0 lets it fail.</param>
    public void End(int choice, long bytes)
    {
        var parked = Runtime.Parked;
        if (parked.Count == 0)
            return;
        var load = parked[choice % parked.Count];
        Wishes.Ended(load, bytes > 0 && (Budget == 0 || bytes <= Budget || Wishes.IsPinned(load.Label)));
        Runtime.End(load, bytes);
        Rest();
    }

    /// <summary>The server takes no further steps, but those that requests wait for.</summary>
    public void StopFollowing()
    {
        _stop.Cancel();
        Rest();
    }

    /// <summary>Everything that was under way ends well.</summary>
    /// <param name="last">Ends as well.</param>
    public void Finish(Task? last = null)
    {
        for (var round = 0; round < 500; round++)
        {
            if (EndOne())
                continue;
            var isDone = !Asks.Any(a => a.IsWaiting) && Calls.All(c => c.IsCompleted) && last is null or { IsCompleted: true };

            // Room may still be looked for, whoever wants it no more.
            Wait(isDone ? TimeSpan.FromSeconds(3) : TimeSpan.FromMilliseconds(500));
            if (isDone && Runtime.Parked.Count == 0)
                return;
        }

        var waiting = string.Join(' ', Asks.Where(a => a.IsWaiting));
        throw new InvalidOperationException($"It does not come to an end: requests {waiting}, {Calls.Count(c => !c.IsCompleted)} calls.");
    }

    public void Rest() => _stillness.Wait();

    public void Dispose()
    {
        _stop.Cancel();
        while (Runtime.Parked.Count > 0)
        {
            foreach (var load in Runtime.Parked)
                Runtime.End(load, 0);
            Rest();
        }

        Service.UnloadAllAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        Rest();
        _following.GetAwaiter().GetResult();
        Service.Dispose();
        Cache.Dispose();
        Storage.Dispose();
        _stop.Dispose();
    }

    private bool EndOne()
    {
        Rest();
        if (Asks.FirstOrDefault(a => a.HasLease) is { } ask)
            ask.Return();
        else if (Runtime.Parked.Count > 0)
            End(0, Size);
        else
            return false;
        return true;
    }
}
