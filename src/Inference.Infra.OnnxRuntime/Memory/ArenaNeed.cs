namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// Decides when an arena is larger than what runs now: its size follows the largest inputs that were run since it was shrunk, so
/// these are compared with the largest of late. Not thread-safe.
/// </summary>
internal sealed class ArenaNeed
{
    // A shrunk arena grows again by system calls and page faults within a run, so it must be for much.
    private const int Much = 2;
    private long _grownFor;

    /// <summary>Tells what ran since the last call.</summary>
    /// <param name="largest">Bytes of the largest inputs at one time; 0 where nothing ran.</param>
    /// <returns>True where the arena is to be shrunk.</returns>
    public bool Next(long largest)
    {
        _grownFor = Math.Max(_grownFor, largest);
        if (_grownFor == 0 || largest > _grownFor / Much)
            return false;
        _grownFor = largest;
        return true;
    }
}
