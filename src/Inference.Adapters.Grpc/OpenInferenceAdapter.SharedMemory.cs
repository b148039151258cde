using Grpc.Core;
using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;
using Inference.Services.SharedMemory;

namespace Inference.Adapters.Grpc;

/// <summary>Regions of memory that clients share with the server.</summary>
internal sealed partial class OpenInferenceAdapter
{
    public override Task<SystemSharedMemoryStatusResponse> SystemSharedMemoryStatus(SystemSharedMemoryStatusRequest request, ServerCallContext context) =>
        Task.FromResult(SharedMemoryMapper.EncodeSystem(sharedMemory.Status(RegionKind.System, request.Name)));

    public override Task<SystemSharedMemoryRegisterResponse> SystemSharedMemoryRegister(SystemSharedMemoryRegisterRequest request, ServerCallContext context)
    {
        sharedMemory.Register(request.Name, request.Key, request.Offset, request.ByteSize);
        return Task.FromResult(new SystemSharedMemoryRegisterResponse());
    }

    public override Task<SystemSharedMemoryUnregisterResponse> SystemSharedMemoryUnregister(SystemSharedMemoryUnregisterRequest request, ServerCallContext context)
    {
        sharedMemory.Unregister(RegionKind.System, request.Name);
        return Task.FromResult(new SystemSharedMemoryUnregisterResponse());
    }

    public override Task<CudaSharedMemoryStatusResponse> CudaSharedMemoryStatus(CudaSharedMemoryStatusRequest request, ServerCallContext context) =>
        Task.FromResult(SharedMemoryMapper.EncodeCuda(sharedMemory.Status(RegionKind.Cuda, request.Name)));

    public override Task<CudaSharedMemoryRegisterResponse> CudaSharedMemoryRegister(CudaSharedMemoryRegisterRequest request, ServerCallContext context)
    {
        sharedMemory.Register(request.Name, request.RawHandle.ToByteArray(), request.DeviceId, request.ByteSize);
        return Task.FromResult(new CudaSharedMemoryRegisterResponse());
    }

    public override Task<CudaSharedMemoryUnregisterResponse> CudaSharedMemoryUnregister(CudaSharedMemoryUnregisterRequest request, ServerCallContext context)
    {
        sharedMemory.Unregister(RegionKind.Cuda, request.Name);
        return Task.FromResult(new CudaSharedMemoryUnregisterResponse());
    }

    private IEnumerable<string> SharedMemoryExtensions()
    {
        if (sharedMemory.IsAvailable(RegionKind.System))
            yield return "system_shared_memory";
        if (sharedMemory.IsAvailable(RegionKind.Cuda))
            yield return "cuda_shared_memory";
    }
}
