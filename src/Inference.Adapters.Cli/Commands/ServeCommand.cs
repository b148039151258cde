using System.CommandLine;
using Inference.Domain;

namespace Inference.Adapters.Cli.Commands;

/// <summary><c>inference serve</c>: runs the server.</summary>
internal static class ServeCommand
{
    public static Command Create(CommandContext context)
    {
        var repository = Setting("--repository", "DIR", "Folder of the models, or s3://bucket/prefix. Default: the setting Repository:Path, which is 'models'.");
        var model = Setting("--model", "NAME=DIR", "Serves one folder as the model NAME instead of a repository: DIR/model.onnx, or DIR/<version>/model.onnx.");
        var address = Setting("--host", "ADDRESS", "Address to listen on: an IP address, localhost, or * for all. Default: 127.0.0.1.");
        var grpc = Setting("--grpc-port", "PORT", "gRPC (Open Inference Protocol, HTTP/2 without TLS). 0 takes a free port. Default: 8001.");
        var http = Setting("--http-port", "PORT", "HTTP: /livez and /readyz. 0 takes a free port. Default: 8000.");
        var metrics = Setting("--metrics-port", "PORT", "HTTP: /metrics for Prometheus. 0 takes a free port. Default: 8002.");
        var command = new Command("serve", $"""
            Runs the server; this is also what happens without a command.

            SIGINT or SIGTERM stops it: it says that it is not ready, finishes the requests under way, and ends.

            {ConfigurationArguments.Help}
            The same settings can stand in appsettings.json and in the environment (Inference__Section__Key=value).

            Examples:
              inference serve --repository models
              inference serve --model digits=/mnt/models --Routing:Default=latest
              inference serve --repository models --grpc-port 9001 --Execution:Lanes=4
              inference serve --repository models --host '*' --Server:AllowPlaintext=true
            """)
        {
            repository, model, address, grpc, http, metrics,
        };
        command.SetAction((parsed, cancellation) => context.Host.ServeAsync(
            [
                .. context.Settings,
                .. Models(parsed.GetValue(repository), parsed.GetValue(model)),
                .. ConfigurationArguments.From("Server:Host", parsed.GetValue(address)),
                .. ConfigurationArguments.From("Server:GrpcPort", parsed.GetValue(grpc)),
                .. ConfigurationArguments.From("Server:HttpPort", parsed.GetValue(http)),
                .. ConfigurationArguments.From("Server:MetricsPort", parsed.GetValue(metrics)),
            ],
            cancellation));
        return command;
    }

    private static IEnumerable<string> Models(string? repository, string? model)
    {
        if (model is null)
            return ConfigurationArguments.From("Repository:Path", repository);
        if (repository is not null)
            throw new UsageException("--repository and --model exclude each other: a folder is a repository, or one model.");
        var parts = model.Split('=', 2);
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
            ? [.. ConfigurationArguments.From("Repository:ModelName", parts[0]), .. ConfigurationArguments.From("Repository:Path", parts[1])]
            : throw new UsageException($"--model {ErrorText.Quote(model)} is not a model; expected NAME=DIR, such as digits=/mnt/models.");
    }

    // All are text: the configuration checks every value, wherever it comes from, and names its key.
    private static Option<string?> Setting(string name, string value, string description) => new(name) { Description = description, HelpName = value };
}
