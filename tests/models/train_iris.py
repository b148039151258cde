"""iris 1: logistic regression on four measurements; standardisation belongs to the pipeline."""

import numpy as np
from onnx import helper
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import heldout
import onnx_graph
import tabular
from paths import SAMPLES

COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]

iris = load_iris()
species = [str(name) for name in iris.target_names]
train, test, train_species, test_species = train_test_split(
    iris.data, iris.target, test_size=100, random_state=0, stratify=iris.target)
columns = tabular.number_columns(COLUMNS, train)
classifier = LogisticRegression(max_iter=1000).fit(tabular.standardise(columns, train), train_species)
probabilities = classifier.predict_proba(tabular.standardise(columns, test))

folder = SAMPLES / "iris" / "1"
onnx_graph.save(onnx_graph.build(
    "iris_logistic_regression",
    [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ],
    [onnx_graph.floats("features", "batch", 4)],
    [onnx_graph.floats("probabilities", "batch", 3)],
    [onnx_graph.weight("weights", classifier.coef_.T), onnx_graph.weight("bias", classifier.intercept_)],
), folder)
(folder / "pipeline.yaml").write_text(f"""\
# Four lengths in centimetres, standardised as in training, become the three most likely species.
preprocessor:
  name: tabular.columns
  options:
    output: features
    columns:
{tabular.column_lines(columns)}
postprocessor:
  name: classification.top_k
  options:
    scores: probabilities
    k: 3
    labels: [{", ".join(species)}]
""")
heldout.write(
    "iris", "1",
    [heldout.entry(name, "FP32", values) for name, values in zip(COLUMNS, test.T)],
    heldout.top_k(probabilities, species, 3),
    np.array(species)[test_species], "accuracy", (probabilities.argmax(axis=1) == test_species).mean())
