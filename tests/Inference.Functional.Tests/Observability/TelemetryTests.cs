using System.Diagnostics;
using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>What an operator asks the running server.</summary>
internal sealed class TelemetryTests : ServerFixture, IDisposable
{
    private readonly TemporaryRepository _repository = new TemporaryRepository()
        .Copy(RepositoryPaths.TestModels, "sum_product")
        .Copy(RepositoryPaths.TestModels, "dense")
        .Copy(RepositoryPaths.BrokenModels, "text_file");

    protected override string Repository => _repository.Path;

    public void Dispose() => _repository.Dispose();

    [Test]
    public async Task ModelStatistics_AfterRequests_CountsThemAndTheirRows()
    {
        var before = await Statistics();

        await Infer(rows: 1);
        await Infer(rows: 3);
        Assert.That(async () => await Server.Client.ModelInferAsync(Requests.For("sum_product", "1")), Throws.InstanceOf<RpcException>());

        var after = await Statistics();
        Assert.Multiple(() =>
        {
            Assert.That(after.InferenceCount - before.InferenceCount, Is.EqualTo(4));
            Assert.That(after.ExecutionCount - before.ExecutionCount, Is.EqualTo(2));
            Assert.That(after.InferenceStats.Success.Count - before.InferenceStats.Success.Count, Is.EqualTo(2));
            Assert.That(after.InferenceStats.Fail.Count - before.InferenceStats.Fail.Count, Is.EqualTo(1));
            Assert.That(after.InferenceStats.ComputeInfer.Ns, Is.GreaterThan(before.InferenceStats.ComputeInfer.Ns));
            Assert.That(after.BatchStats.Select(b => b.BatchSize), Does.Contain(1).And.Contain(3));
            Assert.That(after.LastInference, Is.GreaterThan(0));
        });
    }

    [Test]
    public async Task Metrics_AfterRequests_CountByModelVersionAndCode()
    {
        await Infer(rows: 2);
        Assert.That(async () => await Server.Client.ModelInferAsync(Requests.For("nobody", "1")), Throws.InstanceOf<RpcException>());

        var page = await Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics"));

        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Match("""inference_requests_total\{model="sum_product",version="1",code="ok"\} [1-9]"""));
            Assert.That(page, Does.Match("""inference_requests_total\{model="",version="",code="model_not_found"\} [1-9]"""));
            Assert.That(page, Does.Not.Contain("nobody"), "names of a request in labels");
            Assert.That(page, Does.Contain("""inference_pipeline_state{model="sum_product",version="1",state="Ready"} 1"""));
            Assert.That(page, Does.Contain("""inference_pipeline_state{model="text_file",version="1",state="Failed"} 1"""));
            Assert.That(page, Does.Match("""inference_request_duration_seconds_count\{model="sum_product",version="1",stage="execute"\} [1-9]"""));
            Assert.That(page, Does.Contain("""inference_pipeline_device_info{model="sum_product",version="1",device="cpu"} 1"""));
            Assert.That(page, Does.Contain("\nprocess_cpu_seconds_total ").And.Contain("\ndotnet_"));
        });
    }

    [Test]
    public async Task Metrics_Page_IsCleanForPromtool()
    {
        await Infer(rows: 1);
        var page = await Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics"));
        using var promtool = Start("promtool", "check metrics");
        if (promtool is null)
            Assert.Ignore("promtool is not installed (Debian package prometheus).");

        await promtool!.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        var complaints = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.That((promtool.ExitCode, complaints), Is.EqualTo((0, string.Empty)));
    }

    [Test]
    public async Task Health_ServerAndModels_SayWhatServes()
    {
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Health(""), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
            Assert.That(await Health("inference.GRPCInferenceService"), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
            Assert.That(await Health("dense"), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
            Assert.That(await Health("text_file"), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.NotServing));
            Assert.That(async () => await Health("nobody"), Throws.InstanceOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.NotFound));
            Assert.That((await Server.Client.ModelReadyAsync(new ModelReadyRequest { Name = "dense", Version = "1" })).Ready, Is.True);
            Assert.That((await Server.Client.ModelReadyAsync(new ModelReadyRequest { Name = "text_file", Version = "1" })).Ready, Is.False);
        });
    }

    [Test]
    public async Task Ports_EachAnswersItsOwnOnly()
    {
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Get(Server.HttpAddress, "/readyz"), Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await Get(Server.HttpAddress, "/metrics"), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await Get(Server.MetricsAddress, "/metrics"), Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await Get(Server.MetricsAddress, "/readyz"), Is.EqualTo(HttpStatusCode.NotFound));
        });
    }

    [Test]
    public async Task ModelConfig_OfABareModel_TellsWhatWasDerived()
    {
        var config = (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "dense", Version = "1" })).Config;

        Assert.Multiple(() =>
        {
            Assert.That(config.Name, Is.EqualTo("dense"));
            Assert.That(config.Platform, Is.EqualTo("onnxruntime_onnx"));
            Assert.That(config.Backend, Is.EqualTo("onnxruntime"));
            Assert.That(config.Input.Single().DataType, Is.EqualTo(DataType.TypeFp32));
            Assert.That(config.MaxBatchSize, Is.EqualTo(64));
            Assert.That(config.Input.Single().Dims, Is.EqualTo(new long[] { 32 }));
            Assert.That(config.Output.Single().Dims, Is.EqualTo(new long[] { 4 }));
            Assert.That(config.InstanceGroup.Single().Kind, Is.EqualTo(ModelInstanceGroup.Types.Kind.Cpu));
        });
    }

    [Test]
    public async Task ServerMetadata_Extensions_AreThoseThatWork()
    {
        var metadata = await Server.Client.ServerMetadataAsync(new ServerMetadataRequest());

        Assert.Multiple(() =>
        {
            Assert.That(metadata.Name, Is.EqualTo("inference"));
            Assert.That(metadata.Version, Is.Not.Empty);
            Assert.That(metadata.Extensions, Is.EquivalentTo(new[] { "classification", "logging", "model_configuration", "model_repository", "model_repository(unload_dependents)", "schedule_policy", "statistics", "trace" }));
        });
    }

    private static Process? Start(string program, string arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private async Task<HealthCheckResponse.Types.ServingStatus> Health(string service) =>
        (await Server.Health.CheckAsync(new HealthCheckRequest { Service = service })).Status;

    private async Task<HttpStatusCode> Get(Uri address, string path)
    {
        using var response = await Server.Http.GetAsync(new Uri(address, path));
        return response.StatusCode;
    }

    private async Task<ModelStatistics> Statistics() =>
        (await Server.Client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = "sum_product", Version = "1" })).ModelStats.Single();

    private async Task Infer(int rows)
    {
        var request = Requests.For("sum_product", "1").Floats("a", [rows, 3], new float[rows * 3]).Floats("b", [rows, 3], new float[rows * 3]);
        await Server.Client.ModelInferAsync(request);
    }
}
