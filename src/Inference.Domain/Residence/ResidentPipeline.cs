namespace Inference.Domain.Residence;

/// <summary>A pipeline in memory as the policies see it. Times are timestamps of one clock.</summary>
/// <param name="Id">Which it is; the policies hand it back.</param>
/// <param name="Bytes">Memory that it takes.</param>
/// <param name="LastUse">When a request last took it.</param>
/// <param name="StaysUntil">It came back soon after it had been evicted, and is kept for that long where there is a choice.</param>
/// <param name="MayGo">It is idle, not pinned, and nothing is being done with it.</param>
public readonly record struct ResidentPipeline(int Id, long Bytes, long LastUse, long StaysUntil, bool MayGo);
