using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Cli.Input;
using Inference.Adapters.Cli.Remote;
using Inference.Adapters.Protocol;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Bench.Payload;

/// <summary>Makes the requests of a load: from files and arguments, or at random by what the model says it takes.</summary>
internal sealed class PayloadSource(BenchOptions options, IEngine engine, ValueSource values)
{
    // Random requests differ, so that an answer handed to the wrong caller is a wrong one; but they stay in memory.
    private const long MostRandomBytes = 256 << 20;
    private IReadOnlyList<TensorSpec>? _inputs;

    /// <summary>The requests, all data raw.</summary>
    public async Task<IReadOnlyList<ModelInferRequest>> CreateAsync(CancellationToken cancellation)
    {
        var drafts = await DraftsAsync(cancellation).ConfigureAwait(false);
        return drafts.Count == 0 ? await RandomAsync(cancellation).ConfigureAwait(false) : await ResolveAsync(drafts, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<RequestDraft>> DraftsAsync(CancellationToken cancellation)
    {
        if (options.RequestFile is { } file)
            return RequestFile.ParseAll(file, await values.ReadAsync(file, cancellation).ConfigureAwait(false));
        var inputs = new List<TensorDraft>();
        foreach (var input in options.Inputs)
            inputs.Add(await InputArgument.ParseAsync(input, values, cancellation).ConfigureAwait(false));
        return inputs.Count == 0 ? [] : [new RequestDraft { Inputs = inputs }];
    }

    private async Task<IReadOnlyList<ModelInferRequest>> ResolveAsync(IReadOnlyList<RequestDraft> drafts, CancellationToken cancellation)
    {
        var requests = new List<ModelInferRequest>();
        foreach (var draft in drafts)
        {
            using var tensors = TensorResolver.Resolve(draft.Inputs, draft.NeedsMetadata ? await InputsAsync(cancellation).ConfigureAwait(false) : []);
            requests.Add(Encode(tensors, draft));
        }

        return requests;
    }

    private async Task<IReadOnlyList<ModelInferRequest>> RandomAsync(CancellationToken cancellation)
    {
        var inputs = await InputsAsync(cancellation).ConfigureAwait(false);
        RandomShape.RefuseUnknown("--shape", options.Shapes.Keys, inputs);
        RandomShape.RefuseUnknown("--range", options.Ranges.Keys, inputs);
        var random = new RandomRequest(new RandomShape(options.Shapes, options.Batch), options.Ranges, options.TextLength, options.Seed);
        var requests = new List<ModelInferRequest>();
        for (long bytes = 0; requests.Count < options.Payloads && (requests.Count == 0 || bytes < MostRandomBytes); bytes += requests[^1].CalculateSize())
        {
            using var tensors = random.Create(inputs);
            requests.Add(Encode(tensors, null));
        }

        return requests;
    }

    private async Task<IReadOnlyList<TensorSpec>> InputsAsync(CancellationToken cancellation) =>
        _inputs ??= (await engine.DescribeAsync(options.Model, options.Version, cancellation).ConfigureAwait(false)).Inputs;

    // Without an id: a stream gives each request one of its own.
    private ModelInferRequest Encode(TensorSet tensors, RequestDraft? draft) => RequestEncoder.Encode(new InferenceRequest
    {
        ModelName = options.Model,
        Version = options.Version,
        Inputs = tensors,
        Outputs = [.. draft?.Outputs ?? [], .. options.Outputs.Select(name => new RequestedOutput(name))],
        Parameters = draft?.Parameters ?? new Dictionary<string, object>(),
    });
}
