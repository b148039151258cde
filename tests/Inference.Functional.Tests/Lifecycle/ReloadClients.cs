using Grpc.Core;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>
/// Clients that call two models without a pause while their contents and versions change: every call must be answered, and by a
/// content that may answer it. One of three uses a stream.
/// </summary>
internal sealed class ReloadClients : IAsyncDisposable
{
    /// <summary>Model whose only version changes its content.</summary>
    public const string Changing = "changing";

    /// <summary>Model whose versions come and go; asked for without a version.</summary>
    public const string Versioned = "versioned";

    private const int Clients = 6;
    private const float Input = 1f;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _all;

    private ReloadClients(Uri server)
    {
        _server = server;
        _all = Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => i % 3 == 0 ? StreamAsync(i) : UnaryAsync(i))));
    }

    public ContentClock Content { get; } = new(1);

    public ContentClock Version { get; } = new(1);

    public SoakTally Tally { get; } = new();

    public static ReloadClients Start(Uri server) => new(server);

    /// <summary>Ends the load when every call under way has its answer.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _all.WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private ContentClock Clock(string model) => model == Changing ? Content : Version;

    private static string Model(int round) => round % 2 == 0 ? Changing : Versioned;

    private static ModelInferRequest Request(string model, int rows) =>
        Requests.For(model, model == Changing ? "1" : string.Empty).Floats("x", [rows, 2], [.. Enumerable.Repeat(Input, 2 * rows)]);

    private async Task UnaryAsync(int seed)
    {
        using var channel = GrpcChannel.ForAddress(_server);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        for (var round = seed; !_stop.IsCancellationRequested; round++)
        {
            var model = Model(round);
            var oldest = Clock(model).Oldest;
            try
            {
                var answer = await client.ModelInferAsync(Request(model, 1 + (round % 3)), deadline: DateTime.UtcNow + Limit);
                Tally.Count("unary", Fault(model, oldest, answer));
            }
            catch (RpcException e)
            {
                Tally.Count("unary lost", $"{model}: {e.Status}");
            }
        }
    }

    private async Task StreamAsync(int seed)
    {
        using var channel = GrpcChannel.ForAddress(_server);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        using var stream = client.ModelStreamInfer();
        try
        {
            for (var round = seed; !_stop.IsCancellationRequested; round++)
            {
                var model = Model(round);
                var oldest = Clock(model).Oldest;
                await stream.RequestStream.WriteAsync(Request(model, 2));
                if (!await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
                    Tally.Count("stream lost", "the stream ended");
                var message = stream.ResponseStream.Current;
                Tally.Count("stream", message.ErrorMessage.Length > 0 ? message.ErrorMessage : Fault(model, oldest, message.InferResponse));
            }

            await stream.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or TimeoutException)
        {
            Tally.Count("stream lost", e.Message);
        }
    }

    private string? Fault(string model, int oldest, ModelInferResponse answer)
    {
        var numbers = answer.Floats("y").Distinct().ToList();
        var fault = numbers.Count == 1 ? Clock(model).Fault(oldest, numbers[0] / Input) : $"answered by several contents: {string.Join(", ", numbers)}";
        return fault is null ? null : $"{model}: {fault}";
    }
}
