using Inference.Adapters.Cli;
using Inference.Server;

return await CommandLine.RunAsync(args, new CompositionRoot(), Console.Out, Console.Error);
