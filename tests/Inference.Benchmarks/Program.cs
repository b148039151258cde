using BenchmarkDotNet.Running;
using Inference.Benchmarks.Load;
using Inference.Benchmarks.Plain;

return args switch
{
    ["plain", var port, var repository] => await PlainServer.RunAsync(port, repository),
    ["raw", var model, var rows, var threads] => RawRuns.Run(model, rows, threads),
    ["load", .. var rest] => await LoadCommand.RunAsync(rest),
    ["model", .. var rest] => ModelCommand.Run(rest),
    ["many", .. var rest] => ManyCommand.Run(rest),
    ["micro", .. var rest] => Micro(rest),
    _ => Usage(),
};

static int Micro(string[] args)
{
    var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).ToList();
    var failed = summaries.Where(s => s.HasCriticalValidationErrors || s.Reports.Length == 0 || s.Reports.Any(r => !r.Success)).ToList();
    foreach (var summary in failed)
        Console.Error.WriteLine($"Failed: {summary.Title}; the log above says which benchmark and why.");

    // A filter that matches nothing must not look like a run that passed.
    var ran = summaries.Count > 0 || args.Any(a => a is "--list" or "--help" or "--version" or "--info");
    if (!ran)
        Console.Error.WriteLine("No benchmark ran; 'micro --list flat' names them all.");
    return ran && failed.Count == 0 ? 0 : 1;
}

static int Usage()
{
    Console.Error.WriteLine("""
        Usage:
          plain PORT REPOSITORY   serves REPOSITORY/<model>/1/model.onnx on 127.0.0.1:PORT (gRPC, h2c): the baseline
          raw MODEL ROWS THREADS  what ONNX Runtime alone gets done with a model file, in rows a second
          load SCENARIO --server http://127.0.0.1:PORT [OPTIONS]
                                  closed, open, stream, flood, share, overload, target, loading, cycles, burst or zipf:
                                  takes a load and prints its figures
          load selftest           takes every load against a server in this process and checks the figures
          model FOLDER [OPTIONS]  writes FOLDER/model.onnx, an image classifier as large as ResNet-50: --channels (64), --seed (1)
          many FOLDER [OPTIONS]   writes a repository of small models that differ, for zipf: --models (2000), --side (128)
          micro [OPTIONS]         microbenchmarks; options are BenchmarkDotNet's, such as --filter '*' or --job dry
        """);
    return 2;
}
