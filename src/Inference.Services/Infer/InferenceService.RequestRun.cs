using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;
using Inference.Services.Routing;
using Inference.Services.SharedMemory;

namespace Inference.Services.Infer;

/// <content>What is known of one request while it is answered, and how it ends.</content>
public sealed partial class InferenceService
{
    /// <summary>One request on its way. A value, so that it costs no memory of its own; not copied once it has begun.</summary>
    private struct RequestRun : IDisposable
    {
        private readonly InferenceService _service;
        private readonly InferenceRequest _request;
        private readonly CancellationToken _cancellation;
        private readonly string _requestId;
        private RequestParameters _parameters;
        private PipelineObserver? _observer;
        private PipelineKey _key;
        private IReadOnlyList<TensorSpec>? _outputs;
        private RequestRegions? _regions;

        public RequestRun(InferenceService service, InferenceRequest request, CancellationToken cancellation)
        {
            _service = service;
            _request = request;
            _cancellation = cancellation;
            Start = service._time.GetTimestamp();
            _requestId = request.Id.Length > 0 ? request.Id : RequestIds.Next();
        }

        /// <summary>When it began, as a timestamp.</summary>
        public long Start { get; }

        /// <summary>What travels with it; null before <see cref="Begin"/>.</summary>
        public RequestContext? Context { get; private set; }

        /// <summary>How errors name what answers it.</summary>
        public readonly string Label => _observer?.Label ?? $"model {ErrorText.Quote(_request.ModelName)}";

        /// <summary>How it waits where its pipeline is not in memory.</summary>
        /// <exception cref="InferenceException">InvalidArgument.</exception>
        public readonly LoadPatience Patience()
        {
            var limit = _request.DeadlineUtc is { } deadline ? deadline - _service._time.GetUtcNow().UtcDateTime : Timeout.InfiniteTimeSpan;
            if (RequestParameters.Read(_request.Parameters).QueueTimeout is { } timeout && (limit == Timeout.InfiniteTimeSpan || timeout < limit))
                limit = timeout;

            // A timer cannot be set further ahead.
            if (limit.TotalMilliseconds >= int.MaxValue)
                limit = Timeout.InfiniteTimeSpan;
            return new LoadPatience(limit, MayRefuse: !_request.WaitsForRoom, _service._time);
        }

        /// <summary>The pipeline is found: checks what the request asks of it.</summary>
        /// <exception cref="InferenceException">InvalidArgument.</exception>
        public void Begin(PipelineLease lease)
        {
            _parameters = RequestParameters.Read(_request.Parameters);
            Context = new RequestContext(_requestId, _cancellation)
            {
                Deadline = _request.DeadlineUtc is { } deadline ? After(deadline - _service._time.GetUtcNow().UtcDateTime) : long.MaxValue,
                QueueDeadline = _parameters.QueueTimeout is { } timeout ? After(timeout) : long.MaxValue,
                Priority = _parameters.Priority,
                WaitsForRoom = _request.WaitsForRoom,
                Trace = _request.Trace,
            };
            _key = lease.Pipeline.Key;
            _outputs = lease.Pipeline.Outputs;
            _observer = (PipelineObserver)lease.Entry.Attachment!;
            OutputSelection.Check(_observer.Label, _request.Outputs, lease.Pipeline.Outputs);
            _regions = RequestRegions.Open(_service._sharedMemory, _request);
            _regions?.Prepare(Context, lease.Pipeline);
        }

        /// <summary>The outputs that the request asks for; takes over <paramref name="all"/>.</summary>
        public readonly TensorSet Select(TensorSet all, RequestContext context)
        {
            var selected = OutputSelection.Select(Label, _request.Outputs, all, new WorkLimit(Label, context, _service._time), _outputs);
            return _regions is null ? selected : _regions.Put(selected);
        }

        /// <summary>The request has its only answer.</summary>
        public readonly InferenceOutcome Succeeded(TensorSet outputs)
        {
            Ended();
            _observer!.AnswerBytes = outputs.OwnBytes;
            return new InferenceOutcome(Response(outputs, Context!, isLast: true));
        }

        /// <summary>The request has one more answer.</summary>
        public readonly InferenceOutcome Answered(TensorSet outputs, RequestContext context, bool isLast)
        {
            context.Timings.Total = _service._time.GetTimestamp() - Start;
            _observer!.AnswerBytes = outputs.OwnBytes;
            return new InferenceOutcome(Response(outputs, context, isLast));
        }

        /// <summary>The run is over, and nothing of it uses the client's memory any more.</summary>
        public readonly void Dispose() => _regions?.Dispose();

        /// <summary>Counts the request as answered.</summary>
        public readonly void Ended()
        {
            Context!.Timings.Total = _service._time.GetTimestamp() - Start;
            _observer!.Succeeded(Context);
        }

        /// <summary>Counts and logs the request as failed: one that reached a pipeline there, any other as rejected.</summary>
        public readonly InferenceOutcome Failed(Exception exception)
        {
            var error = _regions?.LostError() ?? Classify(exception);
            using (_service._logger.BeginRequest(_requestId, _request.ModelName, _request.Version))
            {
                if (_observer is null || Context is null)
                {
                    _service.CountRejected(_request.ModelName, error);
                }
                else
                {
                    Context.Timings.Total = _service._time.GetTimestamp() - Start;
                    _observer.Failed(Context, error);
                    _service._logger.RequestFailed(error, _observer.Warnings);
                }
            }

            return new InferenceOutcome(error);
        }

        private readonly InferenceResponse Response(TensorSet outputs, RequestContext context, bool isLast)
        {
            var locations = _regions?.Locations ?? [];
            if (!_parameters.Timings)
                return new InferenceResponse(_key.Name, _observer!.VersionText, _request.Id, outputs, context) { IsLast = isLast, Locations = locations };
            var timings = ResponseTimings.Of(context, _service._time);
            return new InferenceResponse(_key.Name, _observer!.VersionText, _request.Id, outputs, context)
            {
                IsLast = isLast,
                Locations = locations,
                Timings = timings,
                Parameters = timings.ToParameters(),
            };
        }

        private readonly InferenceException Classify(Exception exception) => exception switch
        {
            InferenceException known => known,
            OperationCanceledException when _cancellation.IsCancellationRequested =>
                new InferenceException(ErrorCode.Cancelled, "the request was cancelled by its caller.", exception),
            _ => new InferenceException(ErrorCode.Internal, $"{Label}: the server failed on this request; its log has the details.", exception),
        };

        private readonly long After(TimeSpan span)
        {
            var ticks = span.TotalSeconds * _service._time.TimestampFrequency;
            return ticks >= long.MaxValue - Start ? long.MaxValue : Start + (long)ticks;
        }
    }
}
