using System.CommandLine;
using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Cli.Output;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference validate DIR</c>: the checks of the server's start, without serving.</summary>
internal static class ValidateCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of the models: <DIR>/<model>/<version>/model.onnx. Or s3://bucket/prefix." };
        var command = new Command("validate", $"""
            Checks every model of a repository without serving.

            Does what the server does at its start: reads configuration and manifests, loads every model and runs it once.
            Prints one line for each version: ok with its inputs and outputs, or FAILED with the reason. Exit code 1 if any failed.
            For a model that is configured in Triton's config.pbtxt it also tells what was understood of that, and what has no effect.

            {ConfigurationArguments.Help}

            Examples:
              inference validate models
              inference validate models --Execution:Device=cuda
            """)
        {
            folder,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            context,
            [.. context.Settings, .. ConfigurationArguments.From("Repository:Path", parsed.GetRequiredValue(folder))],
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string[] arguments, CancellationToken cancellation)
    {
        await using var engine = new InProcessEngine(await context.Host.OpenAsync(arguments, cancellation).ConfigureAwait(false));
        var models = await engine.ListAsync(cancellation).ConfigureAwait(false);
        foreach (var versions in models.GroupBy(m => m.Name))
        {
            foreach (var model in versions)
                await context.Terminal.Output.WriteLineAsync(ModelListText.Verdict(model)).ConfigureAwait(false);
            foreach (var note in engine.Notes(versions.Key))
                await context.Terminal.Output.WriteLineAsync(ModelListText.Note(note)).ConfigureAwait(false);
        }

        var failed = models.Count(m => !m.IsReady);
        await context.Terminal.Output.WriteLineAsync(Summary(models.Count, failed)).ConfigureAwait(false);
        return models.Count > 0 && failed == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string Summary(int all, int failed) => (all, failed) switch
    {
        (0, _) => "No model found; a model is a file <DIR>/<model>/<version>/model.onnx, where a version is a whole number from 1.",
        (_, 0) => all == 1 ? "The version is ok." : $"All {all} versions are ok.",
        _ => $"{failed} of {all} FAILED.",
    };
}
