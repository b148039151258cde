using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>
/// Preprocessor, model and postprocessor of one (name, version), run in that order and nothing else. Thread-safe; owns the model.
/// </summary>
public sealed class Pipeline : IAsyncDisposable
{
    private readonly IPreprocessor _preprocessor;
    private readonly IPostprocessor _postprocessor;
    private readonly TimeProvider _time;
    private readonly string _label;

    // Neither component changes anything, so that nothing needs to stand between the caller and the model.
    private readonly bool _isBare;

    /// <summary>Puts a pipeline together from parts that were checked against each other.</summary>
    public Pipeline(PipelineKey key, IPreprocessor preprocessor, Model model, IPostprocessor postprocessor, TimeProvider time)
    {
        Key = key;
        Model = model;
        _label = key.Describe();
        _preprocessor = preprocessor;
        _postprocessor = postprocessor;
        _time = time;
        Inputs = preprocessor.Inputs;
        Outputs = postprocessor.Outputs;
        _isBare = preprocessor is PassthroughPreprocessor && postprocessor is PassthroughPostprocessor;
    }

    /// <summary>Name and version.</summary>
    public PipelineKey Key { get; }

    /// <summary>The model within; owned.</summary>
    public Model Model { get; }

    /// <summary>What a client sends.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>What a client gets.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>See <see cref="PipelineManifest.Configuration"/>.</summary>
    public OptionNode? Configuration { get; init; }

    /// <summary>Something of its own stands before or behind the model, whose cost is not known.</summary>
    public bool HasComponents => !_isBare;

    /// <summary>A request is answered several times: by <see cref="RunEachAsync"/>, one answer for each of its pieces.</summary>
    public bool IsDecoupled => _preprocessor is ISplittingPreprocessor;

    /// <summary>Answers one request as a whole, also where the pipeline could answer it piece by piece.</summary>
    /// <param name="inputs">Stay the caller's; must live until the task is done.</param>
    /// <param name="context">Deadline, cancellation, priority; timings are added to it.</param>
    /// <returns>All outputs of the pipeline, owned by the caller.</returns>
    /// <exception cref="InferenceException">What a component or the model throws.</exception>
    public ValueTask<TensorSet> RunAsync(TensorSet inputs, RequestContext context) =>
        _isBare && context.Trace is null ? Model.RunAsync(inputs, context) : RunComponentsAsync(inputs, context);

    /// <summary>
    /// Answers one request, several times where <see cref="IsDecoupled"/>. Answers come in the order of the pieces; a piece is
    /// prepared only when few before it have no answer yet. To stop before the last answer, dispose of the enumerator.
    /// </summary>
    /// <param name="inputs">Stay the caller's; must live until the enumerator is disposed of.</param>
    /// <param name="context">Deadline, cancellation, priority; times and rows of all answers are added to it.</param>
    /// <returns>Each answer's outputs are owned by the caller. None where the request has no pieces.</returns>
    /// <exception cref="InferenceException">What a component or the model throws, after the answers to the pieces before.</exception>
    public async IAsyncEnumerable<PipelineAnswer> RunEachAsync(TensorSet inputs, RequestContext context)
    {
        if (_preprocessor is not ISplittingPreprocessor splitting)
        {
            yield return new PipelineAnswer(await RunAsync(inputs, context).ConfigureAwait(false), context, IsLast: true);
            yield break;
        }

        SpecCheck.Inputs(_label, Inputs, inputs, splitting.HasBatchAxis);
        var runs = new PieceRuns(RunComponentsAsync, splitting.Split(inputs), context);
        await using (runs.ConfigureAwait(false))
        {
            while (await runs.NextAsync().ConfigureAwait(false) is { } answer)
                yield return answer;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Model.DisposeAsync();

    private async ValueTask<TensorSet> RunComponentsAsync(TensorSet inputs, RequestContext context)
    {
        using var prepared = Preprocess(inputs, context);
        using var outputs = await Model.RunAsync(prepared, context).ConfigureAwait(false);
        return Postprocess(outputs, context);
    }

    private TensorSet Preprocess(TensorSet inputs, RequestContext context)
    {
        // A passthrough's external inputs are the model's, which the model checks.
        if (_preprocessor is PassthroughPreprocessor)
            return context.Trace is null ? _preprocessor.Process(inputs) : Pass(_preprocessor.Process, inputs, context, Stage.Preprocess);
        var start = _time.GetTimestamp();
        SpecCheck.Inputs(_label, Inputs, inputs, _preprocessor.HasBatchAxis);
        var prepared = _preprocessor.Process(inputs);
        Ended(context, Stage.Preprocess, start, out var ticks);
        context.Timings.Preprocess += ticks;
        return prepared;
    }

    private TensorSet Postprocess(TensorSet outputs, RequestContext context)
    {
        if (_postprocessor is PassthroughPostprocessor)
            return context.Trace is null ? _postprocessor.Process(outputs) : Pass(_postprocessor.Process, outputs, context, Stage.Postprocess);
        var start = _time.GetTimestamp();
        var result = _postprocessor.Process(outputs);
        Ended(context, Stage.Postprocess, start, out var ticks);
        context.Timings.Postprocess += ticks;
        return result;
    }

    // Where nothing is done there is nothing to measure; a trace tells that the stage was there and took no time.
    private TensorSet Pass(Func<TensorSet, TensorSet> process, TensorSet tensors, RequestContext context, Stage stage)
    {
        var start = _time.GetTimestamp();
        var passed = process(tensors);
        Ended(context, stage, start, out _);
        return passed;
    }

    private void Ended(RequestContext context, Stage stage, long start, out long ticks)
    {
        ticks = _time.GetTimestamp() - start;
        context.Trace?.Add(new StageInterval(stage, start, start + ticks));
    }
}
