using Inference.Benchmarks.Load.Artefacts;
using Inference.Benchmarks.Load.Scenarios;

namespace Inference.Benchmarks.Load;

/// <summary>The command "many": writes a repository of many small models that differ, for the scenario zipf.</summary>
internal static class ManyCommand
{
    /// <summary>0 when the models are written, 2 where options are wrong or they cannot be written.</summary>
    public static int Run(string[] words)
    {
        try
        {
            if (words.Length == 0)
                throw new LoadException("The folder is missing; expected many FOLDER [--models N] [--side N].");
            var arguments = new Arguments(words[1..]);
            var models = arguments.Integer("--models", 2000, 1, 100_000);
            var side = arguments.Integer("--side", ZipfScenario.Side, 1, 4096);
            arguments.RequireAllRead();
            for (var i = 0; i < models; i++)
            {
                var folder = Path.Combine(words[0], ZipfScenario.Name(i), "1");
                Directory.CreateDirectory(folder);
                File.WriteAllBytes(Path.Combine(folder, "model.onnx"), ScalingModel.Bytes(side, ZipfScenario.Factor(i)));
            }

            return 0;
        }
        catch (Exception error) when (error is LoadException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"many: {error.Message}");
            return 2;
        }
    }
}
