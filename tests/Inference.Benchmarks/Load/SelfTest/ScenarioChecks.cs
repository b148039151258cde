using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>Takes each load against the fake server: figures that are known, and answers that are wrong in every way.</summary>
internal sealed class ScenarioChecks(FakeServer server, Verdict verdict)
{
    public async Task RunAsync()
    {
        await ClosedAsync();
        await OpenAsync();
        await StuckAsync();
        await StreamAsync();
        await FloodAsync();
        await ShareAsync();
        await OverloadAsync();
        await TargetAsync();
        await LoadingAsync();
        await MemoryAsync();
    }

    private async Task ClosedAsync()
    {
        var report = await MeasureAsync("closed --rows 3 --requests 2000 --connections 2 --calls 4");
        verdict.NoProblem(report, "a closed load");
        verdict.Between(report["rows_s"] / report["req_s"], 2.99, 3.01, "the rows of a request");
        verdict.Expect(report["p50_us"] <= report["p99_us"] && report["p99_us"] <= report["max_us"], "percentiles rise");
        await BreaksAsync(FakeService.Fault.Wrong, "closed --requests 2000 --check-every 1", "are wrong");
        await BreaksAsync(FakeService.Fault.Status, "closed --requests 2000", "Internal");
        verdict.OnlyProblem(await MeasureAsync("closed --requests 1000000 --max-seconds 0.2"), "requests were sent", "a closed load that is cut off");
    }

    private async Task OpenAsync()
    {
        var report = await MeasureAsync("open --rate 500 --seconds 1 --arrivals even --deadline-ms 10000");
        verdict.NoProblem(report, "an open load");
        verdict.Equal(report["arrived"], 499, "the number of even arrivals before the end of a second at 500 a second");
        verdict.Equal(report["good"], report["arrived"], "the number of good answers of a server that keeps up");
    }

    /// <summary>A server that no longer answers must not hold up arrivals.</summary>
    private async Task StuckAsync()
    {
        server.Service.UntilStuck = RowPool.Size;
        var report = await MeasureAsync("open --model stuck --width 32 --rate 500 --seconds 1 --arrivals even --deadline-ms 300 --outstanding 1000");
        verdict.NoProblem(report, "an open load on a server that hangs");
        verdict.Equal((report["arrived"], report["deadline_exceeded"]), (499, 499), "arrivals, and calls beyond their deadline, of a server that hangs");
        server.Service.UntilStuck = RowPool.Size;
        report = await MeasureAsync("open --model stuck --width 32 --rate 500 --seconds 1 --deadline-ms 300 --outstanding 50");
        verdict.OnlyProblem(report, "no open loop", "an open load beyond its bound");
    }

    private async Task StreamAsync()
    {
        const string Load = "stream --requests 3000";
        var report = await MeasureAsync($"{Load} --streams 2 --unary 8 --rounds 2");
        verdict.NoProblem(report, "a load on two streams");
        verdict.Between(report["stream_to_unary"], 0.01, 100, "the ratio of streamed to unary throughput");
        await BreaksAsync(FakeService.Fault.Wrong, $"{Load} --check-every 1", "are wrong");
        await BreaksAsync(FakeService.Fault.Swapped, $"{Load} --check-every 1", "are wrong");
        await BreaksAsync(FakeService.Fault.Doubled, Load, "answered before");
        await BreaksAsync(FakeService.Fault.Missing, Load, "no answer");
        await BreaksAsync(FakeService.Fault.Error, Load, "are errors");
        await verdict.RefusesAsync(() => MeasureAsync("stream --requests 5000000 --max-seconds 0.3"), "time was up", "a stream that is cut off");
        await verdict.RefusesAsync(() => MeasureAsync("stream --model none"), "--width", "a model whose width is not known");
    }

    private async Task FloodAsync()
    {
        var report = await MeasureAsync("flood --seconds 0.3 --rounds 2 --connections-flood 1 --calls-flood 8");
        verdict.NoProblem(report, "a flood");
        verdict.Expect(report["flood_req_s"] > 0, "a flood floods");
        var ratio = report["flooded_p99_us"] / report["alone_p99_us"];
        verdict.Between(report["p99_ratio"], ratio - 0.001, ratio + 0.001, "the ratio of latencies under the flood and alone");
    }

    private async Task ShareAsync()
    {
        var report = await MeasureAsync("share --model-a small --seconds 0.3 --calls-a 2 --calls-b 2");
        verdict.NoProblem(report, "a shared load");
        verdict.Between(report["b_device_s"] / report["b_compute_infer_s"], 0.999, 1.001, "device time over time of requests that run alone");
        verdict.Between(report["a_rows_per_execution"], 1.98, 2.02, "the rows of an execution of two");
        verdict.Between(report["a_device_share"] + report["b_device_share"], 0.998, 1.002, "the sum of the shares");
    }

    private async Task OverloadAsync()
    {
        var report = await MeasureAsync("overload --saturation-seconds 0.3 --connections 2 --calls 4 --seconds 1 --factor 3 --deadline-ms 400");
        verdict.NoProblem(report, "an overload");
        verdict.Expect(report["refused"] > 0, "a device with a short queue refuses calls under an overload");
        verdict.Expect(report["good"] > 0, "a device that refuses what it cannot do still does the rest");
        var ratio = 2 * report["goodput_s"] / (report["capacity_before_s"] + report["capacity_after_s"]);
        verdict.Between(report["goodput_of_capacity"], ratio - 0.001, ratio + 0.001, "goodput over the mean of both capacities");
        verdict.Between(report["arrived"] / (3 * report["capacity_before_s"]), 0.8, 1.2, "arrivals over three times the capacity");
    }

    private async Task TargetAsync()
    {
        var report = await MeasureAsync("target --model slow --saturation-seconds 0.3 --connections 1 --calls 8 --seconds 1 --fraction 0.3 --target-ms 1000");
        verdict.NoProblem(report, "a load with a target");
        verdict.Between(report["rate"] / report["saturated_req_s"], 0.299, 0.301, "the share of the saturating load");
        verdict.Between(report["within_target"], 0.99, 1, "the share of answers within a target that is easily met");
    }

    private async Task LoadingAsync()
    {
        var report = await MeasureAsync("loading --seconds 0.3 --rounds 2");
        verdict.NoProblem(report, "a load beside another model's loads");
        verdict.Expect(report["loads"] > 0, "the other model is loaded");
        var ratio = report["loading_p99_us"] / report["alone_p99_us"];
        verdict.Between(report["p99_ratio"], ratio - 0.001, ratio + 0.001, "the ratio of latencies beside loads and alone");
    }

    private async Task MemoryAsync()
    {
        var process = FormattableString.Invariant($"--server-pid {Environment.ProcessId}");
        var cycles = $"cycles --cycles 20 --settle 0.001 {process}";
        var report = await MeasureAsync(cycles);
        verdict.NoProblem(report, "cycles of a model");
        verdict.Between(report["unloaded_last_to_first"], 0.1, 10, "the ratio of memory after the last cycle and the first");
        await BreaksAsync(FakeService.Fault.Wrong, cycles, "is wrong");
        await verdict.RefusesAsync(() => MeasureAsync("cycles"), "--server-pid", "a measurement of the memory of no process");
        report = await MeasureAsync($"burst --rows 4 --size 32 --calls 2 --seconds 0.2 --watch 0 {process}");
        verdict.NoProblem(report, "a burst");
        verdict.Expect(report["answers"] > 0 && report["peak_mib"] > 0, "a burst is answered, and memory measured");
    }

    private async Task BreaksAsync(FakeService.Fault fault, string load, string words)
    {
        server.Service.Goes = FakeService.Fault.None;
        var before = await MeasureAsync(load);
        verdict.NoProblem(before, $"'{load}' before {fault}");
        server.Service.Goes = fault;
        try
        {
            verdict.OnlyProblem(await MeasureAsync(load), words, $"{fault} under '{load}'");
        }
        finally
        {
            server.Service.Goes = FakeService.Fault.None;
        }
    }

    private Task<Report> MeasureAsync(string load) =>
        LoadCommand.MeasureAsync([.. load.Split(' '), "--server", server.Address, "--warmup", "0.05"]);
}
