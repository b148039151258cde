using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Inference.Core.Configuration;

/// <summary>
/// Binds the root section to the options strictly: an unknown key or a value of the wrong type is an error, since a
/// mistyped key would otherwise leave its default in force unseen.
/// </summary>
public static class OptionsBinder
{
    // Keys of earlier versions, with what stands in their place.
    private static readonly Dictionary<string, string> Replaced = new(StringComparer.OrdinalIgnoreCase)
    {
        [$"{InferenceOptions.Root}:Execution:MaxQueuedPerPipeline"] = " Give Queue:MaxRows, which counts rows instead of requests.",
    };

    /// <summary>The options, values checked.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="moreChecks">Checks that need types this assembly does not know; each returns its mistakes.</param>
    /// <exception cref="ConfigurationException">Every mistake.</exception>
    public static InferenceOptions Bind(IConfiguration configuration, params ReadOnlySpan<Func<InferenceOptions, IEnumerable<string>>> moreChecks)
    {
        var errors = new List<string>();
        var options = new InferenceOptions();
        foreach (var section in configuration.GetSection(InferenceOptions.Root).GetChildren())
        {
            if (Property(typeof(InferenceOptions), section, errors) is { } property)
                BindSection(property.GetValue(options)!, section, errors);
        }

        options = options with
        {
            Telemetry = options.Telemetry with { Traces = TraceEnvironment.Complete(options.Telemetry.Traces, name => configuration[name], errors) },
        };

        // A key that could not be bound has its default here, which is right, so no mistake is told twice.
        errors.AddRange(OptionsValidator.Validate(options));
        foreach (var check in moreChecks)
            errors.AddRange(check(options));
        return errors.Count == 0 ? options : throw new ConfigurationException(errors);
    }

    private static void BindSection(object target, IConfigurationSection section, List<string> errors)
    {
        if (section.Value is not null)
            errors.Add($"{section.Path} is '{section.Value}'; expected keys below it: {string.Join(", ", Names(target.GetType()))}.");
        foreach (var entry in section.GetChildren())
        {
            if (Property(target.GetType(), entry, errors) is not { } property)
                continue;
            if (IsSection(property.PropertyType))
                BindSection(property.GetValue(target)!, entry, errors);
            else
                BindValue(target, property, entry, errors);
        }
    }

    private static void BindValue(object target, PropertyInfo property, IConfigurationSection entry, List<string> errors)
    {
        try
        {
            var value = entry.Value ?? throw new FormatException();
            property.SetValue(target, property.PropertyType == typeof(string) ? value : Convert.ChangeType(value, Plain(property.PropertyType), CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException)
        {
            errors.Add($"{entry.Path} is '{entry.Value}'; expected {Describe(Plain(property.PropertyType))}.");
        }
    }

    private static PropertyInfo? Property(Type type, IConfigurationSection section, List<string> errors)
    {
        var property = type.GetProperty(section.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
        if (property is { CanWrite: true })
            return property;
        var hint = Replaced.GetValueOrDefault(section.Path) ?? NearestKey.Hint(section.Key, Names(type));
        errors.Add($"{section.Path} is not a known key; known here: {string.Join(", ", Names(type))}.{hint}");
        return null;
    }

    private static IEnumerable<string> Names(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => p.Name);

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string);

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static string Describe(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number" : type == typeof(double) ? "a number" : type == typeof(bool) ? "true or false" : "a single value";
}
