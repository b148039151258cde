using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Inference.Adapters.Cli.Commands;

/// <summary>
/// Help whose lists have one line for each command: what follows the first line of a description stands behind the options of
/// the command's own help.
/// </summary>
internal sealed class DetailedHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help;
    private readonly Dictionary<Command, string> _details = [];

    private DetailedHelp(HelpAction help) => _help = help;

    public override bool ClearsParseErrors => true;

    /// <summary>Splits the descriptions of a root and its commands.</summary>
    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        var help = new DetailedHelp((HelpAction)option.Action!);
        foreach (var command in root.Subcommands.Prepend(root))
        {
            var parts = command.Description!.Split('\n', 2);
            command.Description = parts[0];
            help._details[command] = parts[1].Trim('\n');
        }

        option.Action = help;
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(_details[parseResult.CommandResult.Command]);
        return code;
    }
}
