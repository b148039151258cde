namespace Inference.Core.Telemetry;

/// <summary>What of a model's calls is traced.</summary>
/// <param name="IsOn">False traces none, whatever callers say.</param>
/// <param name="Ratio">Part of the calls, from 0 to 1, of those whose caller has not decided.</param>
/// <param name="Allowance">How many more.</param>
public readonly record struct TracePolicy(bool IsOn, double Ratio, TraceAllowance Allowance);

/// <summary>What was changed while the server runs; null where what is above holds.</summary>
public sealed record TraceOverride
{
    /// <summary>Nothing is changed.</summary>
    public static TraceOverride None { get; } = new();

    /// <summary>Whether calls are traced.</summary>
    public bool? IsOn { get; init; }

    /// <summary>Part of them.</summary>
    public double? Ratio { get; init; }

    /// <summary>How many more.</summary>
    public TraceAllowance? Allowance { get; init; }

    internal TracePolicy Over(in TracePolicy above) => new(IsOn ?? above.IsOn, Ratio ?? above.Ratio, Allowance ?? above.Allowance);
}

/// <summary>
/// Which calls are traced: what is configured, below it changes for the server, and below those changes for single models.
/// Thread-safe; reading takes no lock.
/// </summary>
public sealed class TraceSettings
{
    private readonly Lock _changes = new();
    private readonly TracePolicy _configured;
    private volatile State _state;

    /// <summary>Creates the settings of one server.</summary>
    /// <param name="isAvailable">Spans have somewhere to go.</param>
    /// <param name="ratio">Part of the calls that is traced, from 0 to 1.</param>
    /// <param name="followsCaller">A caller that has decided whether its trace is recorded has decided for the server, too.</param>
    public TraceSettings(bool isAvailable, double ratio, bool followsCaller)
    {
        IsAvailable = isAvailable;
        FollowsCaller = followsCaller;
        _configured = new TracePolicy(isAvailable, ratio, new TraceAllowance(-1));
        _state = new State(_configured, TraceOverride.None, []);
    }

    /// <summary>Spans have somewhere to go; without that nothing can be traced.</summary>
    public bool IsAvailable { get; }

    /// <summary>A caller that has decided whether its trace is recorded has decided for the server, too.</summary>
    public bool FollowsCaller { get; }

    /// <summary>Calls of the server, or of some model, are traced.</summary>
    public bool IsOn => _state.IsOn;

    /// <summary>What is traced of a model's calls; an empty name tells of the server.</summary>
    public TracePolicy For(string model) => _state.For(model);

    /// <summary>Changes what is traced.</summary>
    /// <param name="model">The model; empty for the server.</param>
    /// <param name="change">From what was changed until now to what is changed from now on.</param>
    public void Update(string model, Func<TraceOverride, TraceOverride> change)
    {
        lock (_changes)
        {
            var (server, models) = (_state.Server, new Dictionary<string, TraceOverride>(_state.Models, StringComparer.Ordinal));
            if (model.Length == 0)
                server = change(server);
            else if (change(models.GetValueOrDefault(model, TraceOverride.None)) is { } own && own != TraceOverride.None)
                models[model] = own;
            else
                models.Remove(model);
            _state = new State(_configured, server, models);
        }
    }

    private sealed class State
    {
        private readonly TracePolicy _policy;

        public State(in TracePolicy configured, TraceOverride server, Dictionary<string, TraceOverride> models)
        {
            (Server, Models) = (server, models);
            _policy = server.Over(configured);
            IsOn = _policy.IsOn || models.Values.Any(m => m.IsOn is true);
        }

        public TraceOverride Server { get; }

        public Dictionary<string, TraceOverride> Models { get; }

        public bool IsOn { get; }

        public TracePolicy For(string model) => Models.Count > 0 && Models.TryGetValue(model, out var own) ? own.Over(_policy) : _policy;
    }
}
