using Inference.Adapters.Protocol;
using Inference.Services.SharedMemory;
using CudaStatus = Inference.Adapters.Protocol.CudaSharedMemoryStatusResponse.Types.RegionStatus;
using SystemStatus = Inference.Adapters.Protocol.SystemSharedMemoryStatusResponse.Types.RegionStatus;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Registered regions as the protocol tells them.</summary>
internal static class SharedMemoryMapper
{
    public static SystemSharedMemoryStatusResponse EncodeSystem(IReadOnlyList<RegisteredRegion> regions)
    {
        var response = new SystemSharedMemoryStatusResponse();
        foreach (var region in regions)
            response.Regions[region.Name] = new SystemStatus { Name = region.Name, Key = region.Key, Offset = (ulong)region.Offset, ByteSize = (ulong)region.ByteSize };
        return response;
    }

    public static CudaSharedMemoryStatusResponse EncodeCuda(IReadOnlyList<RegisteredRegion> regions)
    {
        var response = new CudaSharedMemoryStatusResponse();
        foreach (var region in regions)
            response.Regions[region.Name] = new CudaStatus { Name = region.Name, DeviceId = (ulong)region.Device, ByteSize = (ulong)region.ByteSize };
        return response;
    }
}
