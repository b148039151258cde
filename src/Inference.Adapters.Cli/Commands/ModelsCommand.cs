using System.CommandLine;
using Inference.Adapters.Cli.Output;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference models</c>: what there is to ask.</summary>
internal static class ModelsCommand
{
    public static Command Create(CommandContext context)
    {
        var engines = new EngineOptions();
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("models", """
            Lists the models of a server or a repository.

            Prints every version with its state, and its inputs and outputs or the reason why it does not serve. In shapes, -1 is any size.

            Examples:
              inference models
              inference models --server http://gpu-1:8001 --json
              inference models --repository models
            """)
        {
            json,
        };
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var engine = await engines.OpenAsync(parsed, context, cancellation).ConfigureAwait(false);
            var models = await engine.ListAsync(cancellation).ConfigureAwait(false);
            await context.Terminal.Output.WriteAsync(parsed.GetValue(json) ? ModelListJson.Write(models) : ModelListText.Write(models)).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }
}
