using Inference.Benchmarks.Load.Artefacts;

namespace Inference.Benchmarks.Load;

/// <summary>The command "model": writes the artefact that loads of large models need, which is too large to be kept with the code.</summary>
internal static class ModelCommand
{
    /// <summary>0 when the file is written, 2 where options are wrong or it cannot be written.</summary>
    public static int Run(string[] words)
    {
        try
        {
            if (words.Length == 0)
                throw new LoadException("The folder is missing; expected model FOLDER [--channels N] [--seed N].");
            var arguments = new Arguments(words[1..]);
            var channels = arguments.Integer("--channels", 64, 1, 256);
            var seed = arguments.Integer("--seed", 1, 0, int.MaxValue);
            arguments.RequireAllRead();
            Directory.CreateDirectory(words[0]);
            File.WriteAllBytes(Path.Combine(words[0], "model.onnx"), ResidualNetwork.Bytes(channels, seed));
            return 0;
        }
        catch (Exception error) when (error is LoadException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"model: {error.Message}");
            return 2;
        }
    }
}
