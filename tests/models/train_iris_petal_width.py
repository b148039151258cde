"""iris-petal-width 1: ridge regression of petal width in centimetres, on a standardised target."""

import numpy as np
from onnx import helper
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

import heldout
import onnx_graph
import tabular
from paths import SAMPLES

NUMBERS = ["sepal_length", "sepal_width", "petal_length"]
PETAL_WIDTH = 3

iris = load_iris()
species = [str(name) for name in iris.target_names]
train, test, train_species, test_species = train_test_split(
    iris.data, iris.target, test_size=100, random_state=1, stratify=iris.target)
columns = tabular.number_columns(NUMBERS, train[:, :PETAL_WIDTH])
target, = tabular.number_columns(["petal_width"], train[:, PETAL_WIDTH:])


def features(rows, row_species):
    one_hot = np.eye(len(species))[row_species]
    return np.hstack([tabular.standardise(columns, rows[:, :PETAL_WIDTH]), one_hot])


regression = Ridge(alpha=0.1).fit(
    features(train, train_species), (train[:, PETAL_WIDTH] - target.mean) / target.scale)
predicted = regression.predict(features(test, test_species)) * target.scale + target.mean

folder = SAMPLES / "iris-petal-width" / "1"
onnx_graph.save(onnx_graph.build(
    "iris_petal_width_regression",
    [helper.make_node("Gemm", ["features", "weights", "bias"], ["y"])],
    [onnx_graph.floats("features", "batch", len(NUMBERS) + len(species))],
    [onnx_graph.floats("y", "batch", 1)],
    [onnx_graph.weight("weights", regression.coef_[:, None]), onnx_graph.weight("bias", [regression.intercept_])],
), folder)
(folder / "pipeline.yaml").write_text(f"""\
# Three lengths in centimetres and the species; the model's standardised answer is turned back into centimetres.
preprocessor:
  name: tabular.columns
  options:
    output: features
    columns:
{tabular.column_lines(columns)}
      - {{ name: species, type: category, vocabulary: [{", ".join(species)}], encoding: one_hot }}
postprocessor:
  name: regression.affine
  options:
    values: y
    output: petal_width
    scale: {target.scale}
    offset: {target.mean}
    minimum: 0
""")
numbers = [heldout.entry(name, "FP32", values) for name, values in zip(NUMBERS, test.T)]
answer = np.maximum(predicted, 0)[:, None]
heldout.write(
    "iris-petal-width", "1",
    numbers + [heldout.entry("species", "BYTES", np.array(species)[test_species])],
    [heldout.entry("petal_width", "FP32", answer)],
    test[:, PETAL_WIDTH], "mean_absolute_error", np.abs(answer[:, 0] - test[:, PETAL_WIDTH]).mean())
