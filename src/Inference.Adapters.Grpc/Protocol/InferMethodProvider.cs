using Grpc.AspNetCore.Server.Model;
using Inference.Adapters.Grpc.Calls;
using Microsoft.AspNetCore.Routing;

namespace Inference.Adapters.Grpc.Protocol;

/// <summary>Maps the methods of <see cref="InferMethods"/>, which the generated binding cannot since their types are not its own.</summary>
internal sealed class InferMethodProvider : IServiceMethodProvider<ModelInferMethod>, IServiceMethodProvider<OpenInferenceAdapter>
{
    private static readonly object[] Metadata = [new HttpMethodMetadata(["POST"])];

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<ModelInferMethod> context) =>
        context.AddUnaryMethod(InferMethods.Infer, Metadata, (method, call, server) => method.InferAsync(call, server));

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OpenInferenceAdapter> context) =>
        context.AddDuplexStreamingMethod(InferMethods.Stream, Metadata, (adapter, requests, answers, server) => adapter.ModelStreamInfer(requests, answers, server));
}
