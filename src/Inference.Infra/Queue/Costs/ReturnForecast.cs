namespace Inference.Infra.Queue.Costs;

/// <summary>
/// Whether callers that were just answered are about to ask again, as clients do that wait for an answer before they send
/// the next request. Without it such clients fall apart into groups that wait for each other's runs, and every run is half
/// empty. Found out by waiting for them: where that was in vain it is not done again for many runs. Not thread-safe.
/// </summary>
internal sealed class ReturnForecast
{
    // Where fewer than this share of those answered come back, waiting for them was in vain.
    private const double LeastShare = 0.75;
    private const double Rise = 1.0 / 8;

    // One failure among many successes is a hiccup of the machine; several in a row are clients of another kind.
    private const double Gain = 1.0 / 4;
    private const double Loss = 0.7;
    private const double LeastTrust = 0.4;
    private const double TrustAfterPause = 0.6;
    private const int LeastPause = 16;
    private const int MostPause = 4096;
    private long _answered;
    private long _returned;
    private double _share = 1;
    private double _trust = 1;
    private int _pause;
    private int _nextPause = LeastPause;

    /// <summary>Rows that are expected to come yet; 0 where none are.</summary>
    public long Missing => _pause > 0 ? 0 : Math.Max(0, (long)Math.Round(_answered * _share) - _returned);

    /// <summary>A run has ended, and so many rows are answered.</summary>
    public void Answered(long rows)
    {
        // Those who have not come back by the end of the next run do not come back at once.
        (_answered, _returned) = (rows, 0);
        if (_pause > 0 && --_pause == 0)
            (_share, _trust) = (1, TrustAfterPause);
    }

    /// <summary>A request has come.</summary>
    public void Arrived(long rows) => _returned += rows;

    /// <summary>All that were expected came while a lane waited for them; there may be more of them than were expected.</summary>
    public void Came()
    {
        _nextPause = Math.Max(LeastPause, _nextPause / 2);
        _trust += (1 - _trust) * Gain;
        _share += (1 - _share) * Rise;
    }

    /// <summary>A lane has waited, and not all of them came.</summary>
    public void Failed()
    {
        var share = Math.Min(_share, (double)_returned / _answered);
        if (share >= LeastShare)
        {
            _share = share;
            return;
        }

        _trust *= Loss;
        if (_trust >= LeastTrust)
            return;
        _pause = _nextPause;
        _nextPause = Math.Min(MostPause, _nextPause * 2);
    }
}
