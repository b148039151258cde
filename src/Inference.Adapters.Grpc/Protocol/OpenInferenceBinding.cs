using Google.Protobuf.Reflection;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Protocol;

/// <summary>
/// Binds the protocol's methods with readers that bound what a message may cost in memory, which the generated ones do not.
/// The library finds this class by the attribute on the adapter, and its members by their names.
/// </summary>
internal static class OpenInferenceBinding
{
    /// <summary>Largest message of a method that carries no tensors, in bytes.</summary>
    public const int MostBytesWithoutTensors = 1 << 20;

    /// <summary>For reflection.</summary>
    public static ServiceDescriptor Descriptor => GRPCInferenceService.Descriptor;

    /// <summary>Called by the library when it maps the service.</summary>
    public static void BindService(ServiceBinderBase binder, GRPCInferenceService.GRPCInferenceServiceBase? service) =>
        GRPCInferenceService.BindService(new Binder(binder), service!);

    private static Method<TRequest, TResponse> Bounded<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        var generated = method.RequestMarshaller;
        var marshaller = new Marshaller<TRequest>(generated.ContextualSerializer, context => ReadSmall(context, generated));
        return new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, marshaller, method.ResponseMarshaller);
    }

    private static TRequest ReadSmall<TRequest>(DeserializationContext context, Marshaller<TRequest> generated) =>
        context.PayloadLength <= MostBytesWithoutTensors
            ? generated.ContextualDeserializer(context)
            : throw new InferenceException(
                ErrorCode.MessageTooLarge, $"the request message has {context.PayloadLength} bytes; a method without tensors takes at most {MostBytesWithoutTensors}.");

    private sealed class Binder(ServiceBinderBase inner) : ServiceBinderBase
    {
        // Methods with codecs of their own are mapped by InferMethodProvider.
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            if (typeof(TRequest) != typeof(ModelInferRequest))
                inner.AddMethod(Bounded(method), handler);
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (typeof(TRequest) != typeof(ModelInferRequest))
                inner.AddMethod(Bounded(method), handler);
        }
    }
}
