namespace Inference.Core.Certificates;

/// <summary>Whether clients show certificates.</summary>
public enum ClientCertificateMode
{
    /// <summary>They are not asked.</summary>
    None,

    /// <summary>They may; one that is shown must be good.</summary>
    Optional,

    /// <summary>They must.</summary>
    Require,
}
