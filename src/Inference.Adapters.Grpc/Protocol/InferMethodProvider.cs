using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Routing;

namespace Inference.Adapters.Grpc.Protocol;

/// <summary>Maps the methods of <see cref="InferMethods"/>, which the generated binding cannot since their types are not its own.</summary>
internal sealed class InferMethodProvider : IServiceMethodProvider<OpenInferenceAdapter>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OpenInferenceAdapter> context)
    {
        object[] metadata = [new HttpMethodMetadata(["POST"])];
        context.AddUnaryMethod(InferMethods.Infer, metadata, (adapter, call, server) => adapter.ModelInfer(call, server));
        context.AddDuplexStreamingMethod(InferMethods.Stream, metadata, (adapter, requests, answers, server) => adapter.ModelStreamInfer(requests, answers, server));
    }
}
