using System.CommandLine;
using Inference.Adapters.Cli.Input;
using Inference.Adapters.Cli.Output;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference infer MODEL</c>: one request.</summary>
internal sealed class InferCommand
{
    private readonly EngineOptions _engines = new();
    private readonly Argument<string> _model = new("MODEL") { Description = "Name of the model; 'inference models' lists them." };
    private readonly Option<string> _version = new("--version")
    {
        Description = "Version or label. Left out only where the server has a route for it.",
        HelpName = "VERSION",
        DefaultValueFactory = _ => string.Empty,
    };

    private readonly Option<string[]> _inputs = new("--input", "-i")
    {
        Description = "One input: NAME=JSON, NAME=@FILE.json, NAME=@FILE (the file's bytes as one BYTES element) or NAME=@- (JSON from standard input). Once for each input.",
        HelpName = "NAME=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _request = new("--request", "-r")
    {
        Description = "A whole request as JSON, as the protocol's REST form has it; - reads standard input.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _outputs = new("--output", "-o")
    {
        Description = "Name of an output that is wanted. Once for each; without it, all are printed.",
        HelpName = "NAME",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _json = new("--json") { Description = "Prints the response as JSON, in the protocol's REST form." };

    private InferCommand()
    {
    }

    public static Command Create(CommandContext context)
    {
        var infer = new InferCommand();
        var command = new Command("infer", """
            Sends one request to a model and prints its outputs.

            Datatypes and shapes come from the model where they are not given: nested lists have their own shape, a flat list is
            given the model's, and a missing first axis is a batch of one. NaN and infinities are written "NaN", "Infinity", "-Infinity".
            With --json, elements of BYTES that are no text are printed in base64, and the output says so in its parameters.

            Examples:
              inference infer digits --version 2 --input image=@digit.json
              inference infer gloss-topics --version 1 --input 'text="a stringed instrument"' --repository deploy/models
              inference infer iris-petal-width -i sepal_length=5.1 -i sepal_width=3.5 -i petal_length=1.4 -i 'species="setosa"' --json
              inference infer digits --version 2 --request request.json
            where request.json is {"inputs":[{"name":"image","shape":[1,8,8],"data":[0,0,5,...]}]}
            """)
        {
            infer._model, infer._version, infer._inputs, infer._request, infer._outputs, infer._json,
        };
        infer._engines.AddTo(command);
        command.SetAction((parsed, cancellation) => infer.RunAsync(parsed, context, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellation)
    {
        var draft = await DraftAsync(parsed, context.Terminal, cancellation).ConfigureAwait(false);
        await using var engine = await _engines.OpenAsync(parsed, context, cancellation).ConfigureAwait(false);
        var (model, version) = (parsed.GetRequiredValue(_model), parsed.GetValue(_version)!);
        var inputs = draft.NeedsMetadata ? (await engine.DescribeAsync(model, version, cancellation).ConfigureAwait(false)).Inputs : [];
        using var tensors = TensorResolver.Resolve(draft.Inputs, inputs);
        var request = new InferenceRequest
        {
            ModelName = model,
            Version = version,
            Id = draft.Id,
            Inputs = tensors,
            Outputs = [.. draft.Outputs, .. parsed.GetValue(_outputs)!.Select(name => new RequestedOutput(name))],
            Parameters = draft.Parameters,
        };
        using var answer = await engine.InferAsync(request, cancellation).ConfigureAwait(false);
        await context.Terminal.Output.WriteAsync(parsed.GetValue(_json) ? AnswerJson.Write(answer) : AnswerText.Write(answer)).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    private async Task<RequestDraft> DraftAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var (inputs, file) = (parsed.GetValue(_inputs)!, parsed.GetValue(_request));
        if (inputs.Length == 0 == file is null)
            throw new UsageException("give the inputs either as --input NAME=VALUE, once for each, or as --request FILE.");
        var source = new ValueSource(terminal.Input);
        if (file is not null)
            return RequestFile.Parse(file, await source.ReadAsync(file, cancellation).ConfigureAwait(false));
        var drafts = new List<TensorDraft>();
        foreach (var input in inputs)
            drafts.Add(await InputArgument.ParseAsync(input, source, cancellation).ConfigureAwait(false));
        return new RequestDraft { Inputs = drafts };
    }
}
