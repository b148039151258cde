using Google.Protobuf;
using Inference.Adapters.Cli.Remote;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Bench.Memory;

/// <summary>
/// Moves the tensors of requests and their answers into shared memory: one region for all inputs, one for all outputs, in which
/// each request has its own part. Takes both away from server and machine when it is disposed of.
/// </summary>
internal sealed class SharedPayload : IAsyncDisposable
{
    // As tensors begin in the memory of the common runtimes.
    private const int Alignment = 64;
    private readonly Func<RemoteEngine> _connect;
    private readonly SharedRegion _inputs;
    private readonly List<SharedRegion> _registered = [];

    private SharedPayload(Func<RemoteEngine> connect, SharedRegion inputs, SharedRegion outputs) => (_connect, _inputs, Outputs) = (connect, inputs, outputs);

    /// <summary>Where answers are written.</summary>
    public SharedRegion Outputs { get; }

    /// <summary>Makes the regions, tells the server of them and rewrites the requests.</summary>
    /// <param name="requests">All data raw; without it and with references to the regions when this returns.</param>
    /// <param name="answers">What the server answers to each, from which the sizes of its outputs are known.</param>
    /// <param name="connect">Opens a connection for single calls.</param>
    /// <param name="cancellation">Ends it early; nothing is left then.</param>
    public static async Task<SharedPayload> CreateAsync(
        IReadOnlyList<ModelInferRequest> requests, IReadOnlyList<ModelInferResponse> answers, Func<RemoteEngine> connect, CancellationToken cancellation)
    {
        var inputs = SharedRegion.Create("inputs", Math.Max(Alignment, requests.Sum(r => r.RawInputContents.Sum(c => Aligned(c.Length)))));
        SharedPayload payload;
        try
        {
            payload = new SharedPayload(connect, inputs, SharedRegion.Create("outputs", Math.Max(Alignment, answers.Sum(a => Sizes(a).Sum(s => Aligned(s.Size))))));
        }
        catch
        {
            inputs.Dispose();
            throw;
        }

        try
        {
            payload.Move(requests, answers);
            await using var engine = connect();
            await payload.RegisterAsync(engine, payload._inputs, cancellation).ConfigureAwait(false);
            await payload.RegisterAsync(engine, payload.Outputs, cancellation).ConfigureAwait(false);
            return payload;
        }
        catch
        {
            await payload.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await using var engine = _connect();
            foreach (var region in _registered)
                await engine.UnregisterAsync(region.Name).ConfigureAwait(false);
        }
        finally
        {
            _inputs.Dispose();
            Outputs.Dispose();
        }
    }

    private static long Aligned(long size) => (size + Alignment - 1) / Alignment * Alignment;

    private static IEnumerable<(string Name, long Size)> Sizes(ModelInferResponse answer)
    {
        using var decoded = ResponseDecoder.Decode(answer);
        foreach (var (name, tensor) in decoded.Outputs)
            yield return (name, tensor.Data.Length);
    }

    private void Move(IReadOnlyList<ModelInferRequest> requests, IReadOnlyList<ModelInferResponse> answers)
    {
        var (input, output) = (0L, 0L);
        for (var i = 0; i < requests.Count; i++)
        {
            for (var t = 0; t < requests[i].Inputs.Count; t++)
            {
                ByteString data = requests[i].RawInputContents[t];
                _inputs.Write(input, data.Span);
                _inputs.Describe(requests[i].Inputs[t].Parameters, input, data.Length);
                input += Aligned(data.Length);
            }

            requests[i].RawInputContents.Clear();
            foreach (var (name, size) in Sizes(answers[i]))
            {
                var wanted = requests[i].Outputs.FirstOrDefault(o => o.Name == name);
                if (wanted is null)
                    requests[i].Outputs.Add(wanted = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = name });
                Outputs.Describe(wanted.Parameters, output, size);
                output += Aligned(size);
            }
        }
    }

    private async Task RegisterAsync(RemoteEngine engine, SharedRegion region, CancellationToken cancellation)
    {
        await engine.RegisterAsync(region.Name, region.Key, region.Size, cancellation).ConfigureAwait(false);
        _registered.Add(region);
    }
}
