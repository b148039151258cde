using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Routing;

namespace Inference.Adapters.Grpc.Protocol;

/// <summary>Maps the methods of <see cref="InferMethods"/>, which the generated binding cannot since their types are not its own.</summary>
internal sealed class InferMethodProvider : IServiceMethodProvider<OpenInferenceAdapter>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OpenInferenceAdapter> context) =>
        context.AddUnaryMethod(InferMethods.Infer, [new HttpMethodMetadata(["POST"])], (adapter, call, server) => adapter.ModelInfer(call, server));
}
