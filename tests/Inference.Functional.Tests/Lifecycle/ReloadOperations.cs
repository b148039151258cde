using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>What an operator does to the two models that <see cref="ReloadClients"/> call: new contents, broken ones, versions that come and go.</summary>
/// <param name="models">The repository of the server.</param>
internal sealed class ReloadOperations(TemporaryRepository models)
{
    private const int CorruptEvery = 10;
    private const int VersionsEvery = 4;

    /// <summary>How often versions were exchanged.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Puts the models as they are at the start.</summary>
    /// <param name="more">What <c>model.yaml</c> of each says, too.</param>
    public void Prepare(string more = "")
    {
        Put(ReloadClients.Changing, 1, 1);
        Put(ReloadClients.Versioned, 1, 1);
        models.Write($"{ReloadClients.Changing}/model.yaml", more);
        models.Write($"{ReloadClients.Versioned}/model.yaml", $"routing: {{ default: latest }}\n{more}");
    }

    /// <summary>Loads again so many times, each time once the one before serves.</summary>
    /// <param name="client">Of the server.</param>
    /// <param name="clients">Told of what may answer.</param>
    /// <param name="reloads">How many times.</param>
    /// <param name="spoiled">Called when a broken content was found.</param>
    /// <param name="quarter">Called when a quarter is done.</param>
    public async Task RunAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ReloadClients clients, int reloads, Action spoiled, Action quarter)
    {
        for (var reload = 1; reload <= reloads; reload++)
        {
            if (reload % CorruptEvery == 0)
            {
                await SpoilAsync(client);
                spoiled();
            }

            await ReloadAsync(client, clients, reload + 1);
            if (reload % VersionsEvery == 0)
                await ExchangeVersionsAsync(client, clients);
            if (reload == reloads / 4)
                quarter();
        }
    }

    private static async Task<float> AnswerAsync(GRPCInferenceService.GRPCInferenceServiceClient client, string model, string version) =>
        (await client.ModelInferAsync(Requests.For(model, version).Floats("x", [1, 2], 1f, 1f))).Floats("y")[0];

    private static async Task UntilAsync(GRPCInferenceService.GRPCInferenceServiceClient client, string model, string beginning) =>
        await Scrape.UntilAsync(
            async () =>
            {
                var index = await client.RepositoryIndexAsync(new RepositoryIndexRequest());
                return string.Join("; ", index.Models.Where(m => m.Name == model).Select(m => $"{m.Version} {m.State} {m.Reason}".Trim())).StartsWith(beginning, StringComparison.Ordinal);
            },
            $"the index of {model} says {beginning}");

    private void Put(string model, int version, int factor) => ScaleModel.Put(Artefact(model, version), ScaleModel.Bytes(factor));

    private string Artefact(string model, int version) => Path.Combine(models.Path, model, FormattableString.Invariant($"{version}"), "model.onnx");

    private async Task ReloadAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ReloadClients clients, int content)
    {
        clients.Content.Writing(content);
        Put(ReloadClients.Changing, 1, content);
        await Scrape.UntilAsync(async () => await AnswerAsync(client, ReloadClients.Changing, "1") == content, $"content {content} serves");
        clients.Content.Serves(content);
    }

    // The earlier content serves on, and the index tells why.
    private async Task SpoilAsync(GRPCInferenceService.GRPCInferenceServiceClient client)
    {
        ScaleModel.Put(Artefact(ReloadClients.Changing, 1), "no model at all"u8.ToArray());
        await UntilAsync(client, ReloadClients.Changing, "1 READY serves its earlier content");
    }

    // The next version is added, and the earlier one taken away when requests have moved on.
    private async Task ExchangeVersionsAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ReloadClients clients)
    {
        var version = ++Exchanges;
        var next = version + 1;
        clients.Version.Writing(next);
        Put(ReloadClients.Versioned, next, next);
        await Scrape.UntilAsync(async () => await AnswerAsync(client, ReloadClients.Versioned, string.Empty) == next, $"version {next} serves");
        clients.Version.Serves(next);
        Directory.Delete(Path.Combine(models.Path, ReloadClients.Versioned, FormattableString.Invariant($"{version}")), recursive: true);
        await UntilAsync(client, ReloadClients.Versioned, $"{next} READY");
    }
}
