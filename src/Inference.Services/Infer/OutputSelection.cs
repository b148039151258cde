using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>Gives a request the outputs that it asked for, in its order.</summary>
internal static class OutputSelection
{
    /// <summary>Throws where a request asks for an output that there is not, for one twice, or for less than no classes; before anything runs.</summary>
    public static void Check(string owner, IReadOnlyList<RequestedOutput> requested, IReadOnlyList<TensorSpec> specs)
    {
        for (var i = 0; i < requested.Count; i++)
        {
            var name = requested[i].Name;
            if (specs.All(s => s.Name != name))
            {
                var known = specs.Select(s => s.Name).ToList();
                throw InferenceException.InvalidArgument(
                    $"{owner}: output {ErrorText.Quote(name)} is not known; expected {ErrorText.List(known)}.{NearestName.Hint(name, known)}");
            }

            if (requested[i].Classes < 0)
                throw InferenceException.InvalidArgument($"{owner}: output {ErrorText.Quote(name)} is asked for with {requested[i].Classes} best classes; expected at least 1, or 0 for the numbers themselves.");

            // Only up to the number of specs: a list with more entries holds a name twice before that.
            for (var j = 0; j < i; j++)
            {
                if (requested[j].Name == name)
                    throw InferenceException.InvalidArgument($"{owner}: output {ErrorText.Quote(name)} is asked for twice.");
            }
        }
    }

    /// <summary>The outputs asked for; takes over <paramref name="all"/> and disposes of those that nobody wants.</summary>
    /// <param name="owner">How errors name the pipeline.</param>
    /// <param name="requested">Checked by <see cref="Check"/>.</param>
    /// <param name="all">The pipeline's outputs.</param>
    /// <param name="limit">When to stop.</param>
    /// <param name="specs">What the outputs are; null where classes have no names.</param>
    public static TensorSet Select(string owner, IReadOnlyList<RequestedOutput> requested, TensorSet all, WorkLimit limit, IReadOnlyList<TensorSpec>? specs = null)
    {
        if (requested.Count == 0)
            return all;
        using (all)
        {
            var selected = new TensorSet(requested.Count);
            try
            {
                foreach (var output in requested)
                {
                    var tensor = all.Get(output.Name);
                    selected.Add(output.Name, output.Classes == 0 ? tensor.Share() : Classification.TopClasses(owner, output, tensor, limit, Labels(specs, output.Name)));
                }
            }
            catch
            {
                selected.Dispose();
                throw;
            }

            return selected;
        }
    }

    private static IReadOnlyList<string>? Labels(IReadOnlyList<TensorSpec>? specs, string name) => specs?.FirstOrDefault(s => s.Name == name)?.Labels;
}
