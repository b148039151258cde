using System.Text.Json;
using Google.Protobuf;
using Inference.Adapters.Cli.Tests.Remote;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Tests.Bench;

public sealed class BenchCommandTests
{
    private static readonly string[] Short = ["--duration", "200ms", "--warmup", "0s", "--quiet"];

    [Test]
    public async Task Bench_ClosedLoop_PrintsALineForEachLevel()
    {
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, "--concurrency", "1,4", .. Short]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, shell.Error);
            Assert.That(shell.Output, Does.Match(@"measured +1 .*\ncorrected +1 .*\nmeasured +4 .*\ncorrected +4 "));
            Assert.That(shell.Error, Is.Empty);
        });
    }

    [Test]
    public async Task Bench_NumberOfRequests_SendsExactlyThatManyAfterThoseAlone()
    {
        await using var server = await BenchServer.StartAsync();

        var level = await MeasureAsync(server, "--requests", "1000", "--concurrency", "16", "--payloads", "3", "--warmup", "0s", "--verify");

        Assert.Multiple(() =>
        {
            Assert.That(level.GetProperty("ok").GetInt64(), Is.EqualTo(1000));
            Assert.That(level.GetProperty("compared").GetInt64(), Is.EqualTo(1000));
            Assert.That(server.Requests, Has.Count.EqualTo(1003));
            Assert.That(server.Requests.Select(r => r.RawInputContents[0]).Distinct().Count(), Is.EqualTo(3));
            Assert.That(level.GetProperty("requests_per_second").GetDouble(), Is.EqualTo(1000 / level.GetProperty("seconds").GetDouble()).Within(1).Percent);
        });
    }

    [Test]
    public async Task Bench_OpenLoop_SendsAtTheRate()
    {
        await using var server = await BenchServer.StartAsync();

        var level = await MeasureAsync(server, "--rate", "500", "--arrivals", "even", "--duration", "1s", "--warmup", "0s");

        Assert.That(level.GetProperty("ok").GetInt64(), Is.EqualTo(499).Within(1));
    }

    [Test]
    public async Task Bench_ServerStalls_OpenLoopTellsOfEveryRequestThatWasDueMeanwhile()
    {
        // One request holds up the others for half of the time: an open loop at a fixed rate sees half of its requests late.
        using var stalled = new ManualResetEventSlim();
        await using var server = await BenchServer.StartAsync();
        var gate = new Lock();
        server.Answer = (request, before) =>
        {
            lock (gate)
            {
                if (before == 16 + 50)
                    stalled.Wait(TimeSpan.FromMilliseconds(500));
                return BenchServer.Echo(request);
            }
        };

        var level = await MeasureAsync(server, "--rate", "200", "--arrivals", "even", "--duration", "1s", "--warmup", "0s");

        var latency = level.GetProperty("latency_us");
        Assert.Multiple(() =>
        {
            Assert.That(level.GetProperty("ok").GetInt64(), Is.EqualTo(199).Within(1));
            Assert.That(latency.GetProperty("max").GetDouble(), Is.GreaterThan(450_000));
            Assert.That(latency.GetProperty("p90").GetDouble(), Is.GreaterThan(300_000), "about half of the requests were due during the stall");
        });
    }

    [Test]
    public async Task Bench_OneSlowAnswerInAClosedLoop_IsCorrectedForTheRequestsItHeldUp()
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (request, before) =>
        {
            if (before == 17)
                Thread.Sleep(400);
            return BenchServer.Echo(request);
        };

        var level = await MeasureAsync(server, "--duration", "800ms", "--warmup", "0s");

        var (measured, corrected) = (level.GetProperty("latency_us"), level.GetProperty("corrected_latency_us"));
        Assert.Multiple(() =>
        {
            Assert.That(measured.GetProperty("p90").GetDouble(), Is.LessThan(100_000));
            Assert.That(corrected.GetProperty("p90").GetDouble(), Is.GreaterThan(100_000));
        });
    }

    [TestCase("--p99", "1us", 3, "missed: at concurrency 1 p99 ")]
    [TestCase("--p99", "10s", 0, "")]
    [TestCase("--throughput", "10000000", 3, "answers a second, expected at least 10000000")]
    [TestCase("--throughput", "1", 0, "")]
    public async Task Bench_Objective_IsTheExitCode(string option, string value, int expected, string text)
    {
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, option, value, .. Short]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(expected));
            Assert.That(shell.Error, Does.Contain(text));
        });
    }

    [TestCase("0", 1)]
    [TestCase("60", 0)]
    public async Task Bench_RequestsThatFail_AreCountedByStatusAndJudged(string errors, int expected)
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (request, before) => before > 16 && before % 2 == 0 ? FakeAnswer.Error(13, "broken tensor") : BenchServer.Echo(request);
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, "--errors", errors, "--concurrency", "1", .. Short]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(expected), shell.Error);
            Assert.That(shell.Output, Does.Contain("Internal "));
            Assert.That(shell.Error, expected == 0 ? Is.Empty : Does.Contain("requests failed").And.Contain("broken tensor"));
        });
    }

    [Test]
    public async Task Bench_WrongAnswers_AreFoundWhenVerified()
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (request, before) =>
        {
            if (before > 100)
                request.RawInputContents[0] = ByteString.CopyFrom(new byte[8]);
            return BenchServer.Echo(request);
        };
        using var shell = new Shell();

        var code = await shell.RunAsync("bench", "m", "--server", server.Address, "--verify", "--requests", "200", "--warmup", "0s", "--quiet");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain("answers are wrong").And.Contain("output 'y': element 0 is 0"));
        });
    }

    [Test]
    public async Task Bench_ServerThatHangs_EndsAtTheDeadlineOfEachRequest()
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (request, before) => before < 16 ? BenchServer.Echo(request) : FakeAnswer.Never();

        var level = await MeasureAsync(server, "--rate", "100", "--arrivals", "even", "--duration", "300ms", "--warmup", "0s", "--deadline", "100ms", "--errors", "100");

        Assert.Multiple(() =>
        {
            Assert.That(level.GetProperty("statuses").GetProperty("DeadlineExceeded").GetInt64(), Is.EqualTo(29).Within(1));
            Assert.That(level.GetProperty("latency_us").GetProperty("p50").GetDouble(), Is.GreaterThan(100_000));
        });
    }

    [Test]
    public async Task Bench_ServerThatHangsWithoutDeadline_CountsWhatIsNeverAnswered()
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (request, before) => before < 16 ? BenchServer.Echo(request) : FakeAnswer.Never();
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, "--concurrency", "3", "--timeout", "300ms", .. Short]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Output, Does.Contain("3 never answered"));
            Assert.That(shell.Error, Does.Contain("3 of 3 requests failed"));
        });
    }

    [Test]
    public async Task Bench_RequestFileWithAList_SendsThemInTurn()
    {
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell { StandardInput = """[{"inputs":[{"name":"x","data":[[1,2]]}]},{"inputs":[{"name":"x","data":[[3,4]]}],"parameters":{"priority":1}}]""" };

        var code = await shell.RunAsync("bench", "m", "--server", server.Address, "--request", "-", "--requests", "4", "--warmup", "0s", "--quiet");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, shell.Error);
            Assert.That(server.Requests.Select(r => (int)r.RawInputContents[0].Memory.Span[3] + r.Parameters.Count), Is.EqualTo(new[] { 63, 65, 63, 65, 63, 65 }));
        });
    }

    [Test]
    public async Task Bench_SharedMemory_LiesThereAndIsTakenAwayInTheEnd()
    {
        if (!Directory.Exists("/dev/shm"))
            Assert.Ignore("This machine has no /dev/shm.");
        await using var server = await BenchServer.StartAsync();
        var regions = new Dictionary<string, string>();
        var unregistered = new List<string>();
        server.Methods.Answer("SystemSharedMemoryRegister", bytes =>
        {
            var request = SystemSharedMemoryRegisterRequest.Parser.ParseFrom(bytes);
            regions.Add(request.Name, "/dev/shm" + request.Key);
            return new FileInfo(regions[request.Name]).Length == (long)request.ByteSize ? FakeAnswer.Of(new SystemSharedMemoryRegisterResponse()) : FakeAnswer.Error(3, "no such object");
        });
        server.Methods.Answer("SystemSharedMemoryUnregister", bytes =>
        {
            unregistered.Add(SystemSharedMemoryUnregisterRequest.Parser.ParseFrom(bytes).Name);
            return FakeAnswer.Of(new SystemSharedMemoryUnregisterResponse());
        });
        server.Answer = (request, _) => request.RawInputContents.Count > 0 ? BenchServer.Echo(request) : Shared(request, regions);

        var level = await MeasureAsync(server, "--shared-memory", "system", "--verify", "--requests", "100", "--warmup", "0s");

        Assert.Multiple(() =>
        {
            Assert.That((level.GetProperty("compared").GetInt64(), level.GetProperty("wrong").GetInt64()), Is.EqualTo((100, 0)));
            Assert.That(server.Requests.Last().RawInputContents, Is.Empty);
            Assert.That(regions, Has.Count.EqualTo(2));
            Assert.That(unregistered, Is.EquivalentTo(regions.Keys));
            Assert.That(regions.Values.Where(File.Exists), Is.Empty);
        });
    }

    [Test]
    public async Task Bench_SharedMemoryThatTheServerHasNot_LeavesNothingBehind()
    {
        if (!Directory.Exists("/dev/shm"))
            Assert.Ignore("This machine has no /dev/shm.");
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, "--shared-memory", "system", .. Short]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain("does not offer this call"));
            Assert.That(Directory.EnumerateFiles("/dev/shm", $"inference-bench-{Environment.ProcessId}-*"), Is.Empty);
        });
    }

    [Test]
    public async Task Bench_Progress_GoesToStandardErrorEverySecond()
    {
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell();

        await shell.RunAsync("bench", "m", "--server", server.Address, "--duration", "1500ms", "--warmup", "0s");

        Assert.That(shell.Error, Does.Match(@"concurrency 1 +1 s +[\d,]+ req/s  p50 .* p99 .* under way 1  failed 0"));
    }

    [TestCase("--concurrency 0", "--concurrency")]
    [TestCase("--concurrency 4 --rate 5", "exclude each other")]
    [TestCase("--rate fast", "--rate 'fast'")]
    [TestCase("--arrivals even", "add --rate")]
    [TestCase("--rate 5 --arrivals odd", "expected poisson or even")]
    [TestCase("--duration 10", "--duration '10'")]
    [TestCase("--p99 fast", "--p99 'fast'")]
    [TestCase("--errors 101", "--errors is 101")]
    [TestCase("--requests 0", "--requests is 0")]
    [TestCase("--batch 0", "--batch is 0")]
    [TestCase("--shape x", "--shape 'x'")]
    [TestCase("--shape x:1 --input x=1", "exclude each other")]
    [TestCase("--shared-memory cuda", "expected none or system")]
    [TestCase("--server ftp://a", "--server 'ftp://a'")]
    [TestCase("--connections 0", "--connections is 0")]
    [TestCase("--concurrencies 1", "Did you mean '--concurrency'?")]
    [TestCase("--Execution:Lanes=4", "setting of a server")]
    public async Task Bench_WrongOption_ExitsWithTwoAndNamesIt(string options, string expected)
    {
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", .. options.Split(' ')]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(shell.Error, Does.StartWith("error: ").And.Contain(expected));
            Assert.That(shell.Output, Is.Empty);
        });
    }

    [TestCase("--shape y:1,2", "names input 'y'")]
    [TestCase("--shape x:1,3", "does not fit input 'x' FP32[-1,2]")]
    [TestCase("--concurrency 1000 --connections 1", "Give at least --connections 10")]
    public async Task Bench_OptionThatDoesNotFitTheModelOrServer_ExitsWithTwo(string options, string expected)
    {
        await using var server = await BenchServer.StartAsync();
        using var shell = new Shell();

        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, .. options.Split(' ')]);

        Assert.That((code, shell.Error), Is.EqualTo((2, shell.Error)));
        Assert.That(shell.Error, Does.Contain(expected));
    }

    [Test]
    public async Task Bench_NobodyListens_SaysWhatToDo()
    {
        using var shell = new Shell();
        string address;
        await using (var server = await BenchServer.StartAsync())
            address = server.Address;

        var code = await shell.RunAsync("bench", "m", "--server", address, "--input", """x={"datatype":"FP32","shape":[1,2],"data":[1,2]}""");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(shell.Error, Does.Contain("no connection to " + address).And.Contain("inference serve"));
    }

    [Test]
    public async Task Bench_FirstRequestIsRefused_SaysWhyBeforeAnyLoad()
    {
        await using var server = await BenchServer.StartAsync();
        server.Answer = (_, _) => FakeAnswer.Error(3, "input 'x' has a bad day");
        using var shell = new Shell();

        var code = await shell.RunAsync("bench", "m", "--server", server.Address);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(shell.Error, Does.Contain("InvalidArgument: input 'x' has a bad day"));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    private static FakeAnswer Shared(ModelInferRequest request, Dictionary<string, string> regions)
    {
        var (input, output) = (request.Inputs[0].Parameters, request.Outputs[0].Parameters);
        var data = new byte[input["shared_memory_byte_size"].Int64Param];
        using (var from = File.OpenHandle(regions[input["shared_memory_region"].StringParam], FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            RandomAccess.Read(from, data, Offset(input));
        using (var to = File.OpenHandle(regions[output["shared_memory_region"].StringParam], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            RandomAccess.Write(to, data, Offset(output));
        var tensor = new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { request.Inputs[0].Shape } };
        tensor.Parameters.Add(output);
        return FakeAnswer.Of(new ModelInferResponse { ModelName = "m", Outputs = { tensor } });
    }

    private static long Offset(IDictionary<string, InferParameter> parameters) =>
        parameters.TryGetValue("shared_memory_offset", out var offset) ? offset.Int64Param : 0;

    private static async Task<JsonElement> MeasureAsync(BenchServer server, params string[] options)
    {
        using var shell = new Shell();
        var code = await shell.RunAsync(["bench", "m", "--server", server.Address, "--quiet", "--json", .. options]);
        Assert.That(code, Is.Zero, shell.Error);
        return JsonDocument.Parse(shell.Output).RootElement.GetProperty("levels")[0];
    }
}
