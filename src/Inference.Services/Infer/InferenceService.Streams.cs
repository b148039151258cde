using System.Runtime.CompilerServices;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;

namespace Inference.Services.Infer;

/// <content>What streams need beyond single answers.</content>
public sealed partial class InferenceService
{
    /// <summary>What a stream must know of the pipeline that will answer a request; nothing is set where none will.</summary>
    /// <param name="modelName">Name of the model, as the request has it.</param>
    /// <param name="version">Version or label, as the request has it.</param>
    public PipelineTraits TraitsOf(string modelName, string version)
    {
        if (_routing.Find(modelName, version) is not { } entry)
            return default;
        var observer = entry.Attachment as PipelineObserver;
        if (entry.Pipeline is { } pipeline)
            return new PipelineTraits(entry.Key, pipeline.HasComponents, pipeline.IsDecoupled, pipeline.Model.Executor.Info.Batching.PreserveOrdering, observer?.AnswerBytes ?? 0);
        if (observer?.Description is not { } known)
            return entry is { Demand: not null, State: not PipelineState.Ready } ? new PipelineTraits(entry.Key, false, false, false, 0) { IsComing = true } : default;
        return entry.IsServable
            ? new PipelineTraits(entry.Key, known.HasComponents, known.IsDecoupled, known.Executor.Batching.PreserveOrdering, observer.AnswerBytes)
            : default;
    }

    /// <summary>
    /// Has the pipeline that will answer a request in memory, where <see cref="TraitsOf"/> says that it is coming. What keeps it from being
    /// there is told to the request itself.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Cancelled when the caller goes away.</param>
    public async Task PrepareAsync(InferenceRequest request, CancellationToken cancellation)
    {
        try
        {
            using var lease = await _routing.AcquireAsync(request.ModelName, request.Version, new RequestRun(this, request, cancellation).Patience(), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InferenceException or OperationCanceledException)
        {
            // The request meets it, too.
        }
    }

    /// <summary>
    /// Answers one request, several times where its pipeline does. The last outcome has the last response or an error, which
    /// is carried, not thrown; a request that has nothing to answer gets one last response without outputs.
    /// </summary>
    /// <param name="request">Its tensors stay the caller's and must live until the enumerator is disposed of.</param>
    /// <param name="cancellation">Cancelled when the caller goes away.</param>
    /// <returns>Each response is the receiver's to dispose of.</returns>
    public async IAsyncEnumerable<InferenceOutcome> InferEachAsync(InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var run = new EachRun(this, request, cancellation);
        await using (run.ConfigureAwait(false))
        {
            bool isLast;
            do
            {
                var outcome = await run.NextAsync().ConfigureAwait(false);
                isLast = outcome.Response is not { IsLast: false };
                yield return outcome;
            }
            while (!isLast);
        }
    }

    /// <summary>A request that is answered several times, between two of its answers.</summary>
    private sealed class EachRun(InferenceService service, InferenceRequest request, CancellationToken cancellation) : IAsyncDisposable
    {
        private RequestRun _run = new(service, request, cancellation);
        private Admission.Ticket? _ticket;
        private PipelineLease? _lease;
        private IAsyncEnumerator<PipelineAnswer>? _answers;

        public async ValueTask<InferenceOutcome> NextAsync()
        {
            try
            {
                if (_answers is null)
                    await BeginAsync().ConfigureAwait(false);
                if (await _answers!.MoveNextAsync().ConfigureAwait(false))
                    return Answer(_answers.Current);
                _run.Ended();
                return _run.Answered(new TensorSet(0), _run.Context!, isLast: true);
            }
            catch (Exception e)
            {
                return _run.Failed(e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                if (_answers is not null)
                    await _answers.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                _run.Dispose();
                _lease?.Dispose();
                _ticket?.Dispose();
            }
        }

        private async ValueTask BeginAsync()
        {
            if (request.WaitsForRoom)
                _ticket = await service._admission.EnterAsync(service._lifecycle, cancellation).ConfigureAwait(false);
            else if (service._admission.TryEnter(service._lifecycle, out var ticket, out var refusal))
                _ticket = ticket;
            else
                throw refusal;
            if (!service._routing.TryAcquire(request.ModelName, request.Version, _run.Start, out var lease))
                lease = await service._routing.AcquireAsync(request.ModelName, request.Version, _run.Patience(), cancellation).ConfigureAwait(false);
            _lease = lease;
            _run.Begin(lease);
            _answers = lease.Pipeline.RunEachAsync(request.Inputs, _run.Context!).GetAsyncEnumerator(cancellation);
        }

        private InferenceOutcome Answer(PipelineAnswer answer)
        {
            var outputs = _run.Select(answer.Outputs, answer.Context);
            if (answer.IsLast)
                _run.Ended();
            return _run.Answered(outputs, answer.Context, answer.IsLast);
        }
    }
}
